import { z } from "zod";
import { parseAccess } from "../guard/access-rules.ts";
import { type FormatResult, formatFaultText } from "../identity/format-fault.ts";
import { isDelimiters } from "../identity/login-parts.ts";
import { parseReplayFormat } from "../identity/replay-format.ts";
import { parseSearchFormat } from "../identity/search-format.ts";
import { StoreAdmin } from "./stores.ts";
import { lineText } from "./values.ts";

/** A text of which the parser must make something; its fault is the message. */
const formatText = (parse: (text: string) => FormatResult<unknown>) =>
  z.string().superRefine((text, context) => {
    const result = parse(text);
    if (!result.ok) context.addIssue({ code: "custom", message: formatFaultText(result.fault) });
  });

const accessRule = z.string().superRefine((text, context) => {
  const result = parseAccess([text]);
  if (result.ok) return;
  context.addIssue({ code: "custom", message: `${JSON.stringify(result.rule)}: ${result.why}` });
});

const PreAuthCacheConfig = z.strictObject({
  entries: z.int().min(0).default(10_000).describe("Passwords that are known to be right; 0: none."),
  seconds: z
    .number()
    .min(0)
    .default(900)
    .describe("How long each is. A change of the entry in the directory ends it at once."),
});

/** How logins are judged and replayed: what a virtual domain may have another way. */
export const loginSettings = {
  virtualDomainFile: z
    .string()
    .min(1)
    .optional()
    .describe("Virtual domains (vdmap), in the format of Messaging Multiplexor 4.0."),
  defaultDomain: lineText
    .optional()
    .describe("Appended to a login name without a domain; empty: nothing is."),
  domainDelimiters: z
    .string()
    .refine(isDelimiters, "must be punctuation marks, such as @+")
    .default("@")
    .describe("Marks of which each divides user and domain in a login name."),
  canonicalDelimiter: z
    .string()
    .length(1)
    .refine(isDelimiters, "must be one punctuation mark, such as @")
    .default("@")
    .describe("The mark between them in look-ups, and in %s."),
  searchFormat: formatText(parseSearchFormat)
    .optional()
    .describe(
      "LDAP filter of equality matches that finds a login name's entry, such as (|(mail=%s)(uid=%U)); by default any of directory.loginAttributes.",
    ),
  replayFormat: formatText(parseReplayFormat)
    .optional()
    .describe("The user's name at the store, such as %U or %A[uid]@%V; by default the account's."),
  access: z
    .array(accessRule)
    .default([])
    .describe("Who may connect at all: rules such as +ALL:10.0.0.0/8 or -imap:ALL."),
  preAuth: z
    .boolean()
    .default(false)
    .describe("Bind to the directory as the user before the store is asked; a wrong password ends there."),
  preAuthCache: PreAuthCacheConfig.prefault({}),
  preAuthLogFile: z
    .string()
    .min(1)
    .optional()
    .describe("File for the old log's line of each pre-authentication; it is in the JSON log in any case."),
  storeAdmin: StoreAdmin.optional().describe("Identity that logs in at stores on a user's behalf."),
  allowPlaintextLogin: z.boolean().default(false).describe("Accept passwords over a connection without TLS."),
};
