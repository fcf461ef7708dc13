import { z } from "zod";

/** Response of `/livez` and `/readyz`. */
export const Health = z.object({
  status: z.enum(["ok", "unavailable"]),
  detail: z.string().optional(),
});
export type Health = z.infer<typeof Health>;
