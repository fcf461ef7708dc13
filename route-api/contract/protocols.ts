import { z } from "zod";

/** The protocols by which clients reach their mailboxes. */
export const Protocol = z.enum(["imap", "pop3"]);
export type Protocol = z.infer<typeof Protocol>;
