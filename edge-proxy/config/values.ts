import { z } from "zod";

export const port = z.number().int().min(0).max(65_535);
export const seconds = z.number().positive().max(86_400);
export const bytes = z.number().int().positive();
export const count = z.number().int().positive();
/** A value that goes into a protocol line: no control characters. */
export const lineText = z
  .string()
  .regex(/^[^\u0000-\u001f\u007f]*$/, "must be one line without control characters");

/** How TLS begins: never, by STARTTLS/STLS, or with the connection. */
export const TlsMode = z.enum(["none", "starttls", "implicit"]);
export type TlsMode = z.infer<typeof TlsMode>;
