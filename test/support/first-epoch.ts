/** Runs before each end-to-end file: the worker may have run others, which share the counter. */
import { beginEpochs } from "./writes.ts";

beginEpochs();
