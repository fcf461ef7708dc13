import { z } from "zod";

/** Protocols with which clients access mailboxes. */
export const Protocol = z.enum(["imap", "pop3"]);
export type Protocol = z.infer<typeof Protocol>;
