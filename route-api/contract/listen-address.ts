import { z } from "zod";

/** Where something listens. Apart from `host-port.ts`, which commands use that have no time to load a schema. */
export const listenAddress = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, "must be address:port, for example 127.0.0.1:8080");
