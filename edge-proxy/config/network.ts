import { z } from "zod";
import { parseNetwork } from "../guard/network.ts";

/** An IP address, or a range of them. */
export const network = z
  .string()
  .refine(
    (text) => parseNetwork(text) !== undefined,
    "must be an address or a range such as 10.0.0.0/8 or fd00::/8",
  );
