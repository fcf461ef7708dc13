/** Runs before each end-to-end file: a worker has had others before. */
import { beginEpochs } from "./writes.ts";

beginEpochs();
