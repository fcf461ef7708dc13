import { type Difference, verify } from "../../../route-api/sync/verify.ts";
import { Failure } from "../../failure.ts";
import { createLog } from "../../run/logger.ts";
import { directorySource } from "../../run/sync.ts";
import { counted } from "../counted.ts";
import { withStore } from "./with-store.ts";

/** Prints each difference between directory and route store. Throws a Failure if there are any. */
export const compare = (config: string): Promise<void> =>
  withStore(config, "mmp sync", async (store, configuration) => {
    const source = directorySource(configuration, createLog("silent"));
    const { directory, table, differences } = await verify(
      source,
      store,
      configuration.directory,
      printDifference,
    );
    console.log(
      `${counted(directory, "usable entry", "usable entries")} in the directory, ${table} in the route store: ${counted(differences, "difference")}`,
    );
    if (differences > 0) throw new Failure("the route store differs from the directory");
  });

const printDifference = ({ is, dn, uuid, fields }: Difference): void =>
  console.log(`${is} ${dn} (${uuid})${fields === undefined ? "" : `: ${fields.join(", ")}`}`);
