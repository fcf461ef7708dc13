import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");

/** Frees what nothing holds any more, before it returns; for tests of what is held. Node only. */
export const collectGarbage = runInNewContext("gc") as () => void;
