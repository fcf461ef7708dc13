import { z } from "zod";
import { filePath } from "../../route-api/contract/file-paths.ts";
import { NAME_MAX_BYTES, name } from "../../route-api/contract/names.ts";
import { parseAccess } from "../guard/access-rules.ts";
import { type FormatResult, formatFaultText } from "../identity/format-fault.ts";
import { isDelimiters } from "../identity/login-parts.ts";
import { parseReplayFormat } from "../identity/replay-format.ts";
import { parseSearchFormat } from "../identity/search-format.ts";
import { StoreAdmin } from "./stores.ts";
import { lineText } from "./values.ts";

/** A text in the parser's language; the parser's fault is the message. */
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
  entries: z
    .int()
    .min(0)
    .default(10_000)
    .describe("Number of verified passwords to cache; 0 turns the cache off."),
  seconds: z
    .number()
    .min(0)
    .default(900)
    .describe(
      "How long a verified password is cached. A change to the user's entry in the directory drops it at once.",
    ),
});

/** How logins are judged and replayed: what a virtual domain may override. */
export const loginSettings = {
  virtualDomainFile: filePath("settings")
    .optional()
    .describe("Virtual domains, in the vdmap format of Messaging Multiplexor 4.0."),
  defaultDomain: lineText
    .optional()
    .describe("Domain appended to login names without one; an empty value appends nothing."),
  domainDelimiters: z
    .string()
    .refine(isDelimiters, "must be punctuation marks, such as @+")
    .default("@")
    .describe("Characters that separate user and domain in a login name."),
  canonicalDelimiter: z
    .string()
    .length(1)
    .refine(isDelimiters, "must be one punctuation mark, such as @")
    .default("@")
    .describe("Character between user and domain in look-ups and in %s."),
  searchFormat: formatText(parseSearchFormat)
    .optional()
    .describe(
      "LDAP filter of equality matches that finds the entry of a login name, such as (|(mail=%s)(uid=%U)); by default any of directory.loginAttributes may match.",
    ),
  replayFormat: formatText(parseReplayFormat)
    .optional()
    .describe("User name sent to the store, such as %U or %A[uid]@%V; by default the account name."),
  access: z
    .array(accessRule)
    .default([])
    .describe("Who may connect: rules such as +ALL:10.0.0.0/8 or -imap:ALL."),
  preAuth: z
    .boolean()
    .default(false)
    .describe("Check the password by a bind to the directory as the user before the store is contacted."),
  preAuthCache: PreAuthCacheConfig.prefault({}),
  preAuthLogFile: filePath("output")
    .optional()
    .describe(
      "File for pre-authentication lines in the old log format; they are in the JSON log in any case.",
    ),
  storeAdmin: StoreAdmin.optional().describe("Identity that logs in at stores on a user's behalf."),
  administrators: z
    .array(name.max(NAME_MAX_BYTES))
    .default([])
    .describe(
      "Names that may log in for any user, by SASL PLAIN with the user as authorisation id; the store checks their password. Each is sent to the store as it is written here.",
    ),
  allowPlaintextLogin: z.boolean().default(false).describe("Accept passwords over unencrypted connections."),
};
