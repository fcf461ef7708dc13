import { z } from "zod";
import { attributeName } from "../contract/attribute-names.ts";
import { filePath } from "../contract/file-paths.ts";
import { filterFault } from "./ldap-filter.ts";
import { allowClearText, count, oneOrMore, seconds } from "./values.ts";

const attributeList = z.array(attributeName).min(1);
const anyAttributes = z.array(attributeName);

/** How the attributes of an entry map to a route. */
const attributeFields = {
  loginAttributes: attributeList
    .default(["uid", "mail", "mailAlternateAddress", "mailEquivalentAddress"])
    .describe("Attributes whose values are login names."),
  accountAttributes: attributeList
    .default(["mail", "uid"])
    .describe(
      "Attributes for the canonical account name, which is also the user name sent to the store; the first that the entry has is used.",
    ),
  mailHostAttributes: attributeList
    .default(["mailHost"])
    .describe("Attributes that name the mail store, in order of preference."),
  uuidAttribute: attributeName
    .default("entryUUID")
    .describe("Attribute with an identifier that never changes; where it is absent (LDIF), the DN is used."),
  statusAttributes: anyAttributes
    .default(["inetUserStatus", "mailUserStatus"])
    .describe(
      "Attributes with the account's status. A user may log in only if each that is present is active or overquota.",
    ),
  serviceAttributes: anyAttributes
    .default(["mailAllowedServiceAccess"])
    .describe("Attributes with rules for the services that the user may use."),
  certificateAttribute: attributeName
    .default("userCertificate")
    .describe("Attribute with the user's certificates (DER)."),
  overrideAttribute: attributeName
    .default("mailStoreOverride")
    .describe(
      "Attribute with store settings of this user alone, one per value: user=NAME, imapPort=N or pop3Port=N.",
    ),
  searchAttributes: anyAttributes
    .default([])
    .describe(
      "Attributes that searchFormat, replayFormat and certmap.conf use, uid and mail included; the route store keeps their values.",
    ),
};

/** What keeps a faulty directory from emptying the route store. */
const guardFields = {
  maxRemovedShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe(
      "Largest share of all entries that may be removed at once; beyond it, removals are on hold until `mmp sync release`.",
    ),
  maxRemovedEntries: count
    .default(20)
    .describe("Number of entries that may be removed at once, whatever their share."),
  canaries: z
    .array(z.string().min(1))
    .default([])
    .describe("Login names that the directory must have; if one is missing, removals are on hold."),
};

const ldapUrl = z.string().regex(/^ldaps?:\/\/\S+$/, "must start with ldap:// or ldaps://");

const ldapFilter = z.string().superRefine((text, context) => {
  const message = filterFault(text);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

const nameCheckSeconds = z
  .number()
  .min(0)
  .default(604_800)
  .describe(
    "Full reads check at most this often, and the first one always, that every entry is found by all of its names; what is lost is restored. In DynamoDB this reads half a unit for each name.",
  );

const retrySeconds = seconds
  .default(2)
  .describe("Delay before a retry; it doubles up to one minute, with jitter.");

const LdapDirectory = z.strictObject({
  url: oneOrMore(ldapUrl).describe("URL of the LDAP server, or a list tried in order."),
  startTls: z
    .boolean()
    .default(false)
    .describe("Upgrade an ldap:// connection with StartTLS before the bind."),
  allowClearText: allowClearText.describe(
    "Permit ldap:// to another machine without StartTLS: passwords can be read on the way.",
  ),
  caFile: filePath("settings").optional().describe("CAs (PEM) trusted to sign the server's certificate."),
  serverName: z
    .string()
    .optional()
    .describe("Name expected in the server's certificate; by default the host of the URL."),
  certFile: filePath("settings")
    .optional()
    .describe("Client certificate (PEM) for SASL EXTERNAL; needs keyFile."),
  keyFile: filePath("secret").optional().describe("Private key (PEM) of certFile."),
  base: z.string().min(1).describe("Base DN of the search."),
  filter: ldapFilter.default("(mailHost=*)").describe("Filter (RFC 4515) for the entries to read."),
  bind: z
    .enum(["simple", "external"])
    .default("simple")
    .describe("How to bind: with a DN and password, or with the client certificate (SASL EXTERNAL)."),
  bindDn: z.string().default("").describe("DN to bind as; empty for an anonymous bind."),
  bindPasswordFile: filePath("secret").optional().describe("File with the bind password."),
  sync: z
    .enum(["auto", "syncrepl", "delta", "compare"])
    .default("auto")
    .describe(
      "How changes are found: by syncrepl (RFC 4533), by a search for newer entries (delta), or by reading everything (compare). auto takes the best that the root DSE offers.",
    ),
  pageSize: z.int().min(1).max(10_000).default(1000).describe("Entries per page (RFC 2696)."),
  connectTimeoutSeconds: seconds.default(10).describe("Time limit for connecting."),
  searchTimeoutSeconds: seconds.default(60).describe("Time limit for one page of a search."),
  deltaSeconds: seconds.default(1).describe("delta: interval between searches for newer entries."),
  compareSeconds: seconds
    .default(300)
    .describe("compare: interval between full reads. delta: the same, which is how it finds removals."),
  fullCompareSeconds: seconds
    .default(86_400)
    .describe("syncrepl: interval between full reads that catch what was missed."),
  lagSeconds: seconds
    .default(10)
    .describe("syncrepl: interval between comparisons of contextCSN with the cursor."),
  nameCheckSeconds,
  retrySeconds,
  ...attributeFields,
  ...guardFields,
});
export type LdapDirectory = z.infer<typeof LdapDirectory>;

const LdifDirectory = z.strictObject({
  ldif: filePath("data").describe("LDIF file (RFC 2849) to read instead of a server; changes are followed."),
  compareSeconds: seconds
    .default(300)
    .describe("Interval at which the file is read again even if it has not changed."),
  nameCheckSeconds,
  retrySeconds,
  ...attributeFields,
  ...guardFields,
});
export type LdifDirectory = z.infer<typeof LdifDirectory>;

/** The directory: an LDAP server, or an LDIF file. */
export const DirectoryConfig = z.union([LdapDirectory, LdifDirectory]);
export type DirectoryConfig = z.infer<typeof DirectoryConfig>;
