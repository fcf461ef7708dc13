import { z } from "zod";
import { attributeName } from "../contract/attribute-names.ts";
import { count, oneOrMore, seconds } from "./values.ts";

const attributeList = z.array(attributeName).min(1);
const anyAttributes = z.array(attributeName);

/** How the attributes of an entry map to a route. */
const attributeFields = {
  loginAttributes: attributeList
    .default(["uid", "mail", "mailAlternateAddress", "mailEquivalentAddress"])
    .describe("Attributes whose values are login names of the account."),
  accountAttributes: attributeList
    .default(["mail", "uid"])
    .describe(
      "The first of these that an entry has is the canonical account name, which is sent to the store.",
    ),
  mailHostAttributes: attributeList
    .default(["mailHost"])
    .describe("Attributes that name the mail store, in order of preference."),
  uuidAttribute: attributeName
    .default("entryUUID")
    .describe("Attribute that identifies an entry and never changes; the DN is used if it is absent (LDIF)."),
  statusAttributes: anyAttributes
    .default(["inetUserStatus", "mailUserStatus"])
    .describe("An account may not log in if one of these has a value other than active or overquota."),
  serviceAttributes: anyAttributes
    .default(["mailAllowedServiceAccess"])
    .describe("Attributes with the rules for the services that a user may use."),
  certificateAttribute: attributeName
    .default("userCertificate")
    .describe("Attribute with the user's certificates (DER)."),
  overrideAttribute: attributeName
    .default("mailStoreOverride")
    .describe(
      "Attribute with per-account overrides for the store, one per value: user=NAME, imapPort=N or pop3Port=N.",
    ),
  searchAttributes: anyAttributes
    .default([])
    .describe(
      "Attributes that certificate maps and SearchFormat may search for, including uid or mail if they do.",
    ),
};

/** Limits that keep a faulty directory from emptying the table. */
const guardFields = {
  maxRemovedShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe(
      "Largest share of all entries that may be removed at once; beyond it, removals are put on hold until `mmp sync release`.",
    ),
  maxRemovedEntries: count
    .default(20)
    .describe("Number of entries that may be removed at once whatever their share."),
  canaries: z
    .array(z.string().min(1))
    .default([])
    .describe("Login names that the directory must have; if one is missing, removals are put on hold."),
};

const ldapUrl = z.string().regex(/^ldaps?:\/\/\S+$/, "must start with ldap:// or ldaps://");

const LdapDirectory = z.strictObject({
  url: oneOrMore(ldapUrl).describe("URL of the LDAP server, or of several in order of preference."),
  startTls: z
    .boolean()
    .default(false)
    .describe("Upgrade an ldap:// connection with StartTLS before the bind."),
  caFile: z.string().optional().describe("CA certificates (PEM) to verify the server with."),
  serverName: z
    .string()
    .optional()
    .describe("Name that the server's certificate must match; by default the host in the URL."),
  certFile: z.string().optional().describe("Client certificate (PEM) for SASL EXTERNAL; needs keyFile."),
  keyFile: z.string().optional().describe("Key (PEM) of certFile."),
  base: z.string().min(1).describe("Base DN of the search."),
  filter: z.string().min(3).default("(mailHost=*)").describe("Filter for the entries to read (RFC 4515)."),
  bind: z
    .enum(["simple", "external"])
    .default("simple")
    .describe("How to bind: with DN and password, or with the client certificate (SASL EXTERNAL)."),
  bindDn: z.string().default("").describe("DN to bind as; empty means anonymous."),
  bindPasswordFile: z.string().optional().describe("File with the bind password."),
  sync: z
    .enum(["auto", "syncrepl", "delta", "compare"])
    .default("auto")
    .describe(
      "How changes are found: syncrepl (RFC 4533), delta (polling for newer entries) or compare (reading everything). auto picks the best method that the root DSE offers.",
    ),
  pageSize: z.int().min(1).max(10_000).default(1000).describe("Entries per page (RFC 2696)."),
  connectTimeoutSeconds: seconds.default(10).describe("Time limit for connecting, in seconds."),
  searchTimeoutSeconds: seconds.default(60).describe("Time limit for one page of results, in seconds."),
  deltaSeconds: seconds
    .default(1)
    .describe("delta: time between two searches for newer entries, in seconds."),
  compareSeconds: seconds
    .default(300)
    .describe("compare and delta: time between two full reads, which also find deletions, in seconds."),
  fullCompareSeconds: seconds
    .default(86_400)
    .describe("syncrepl: time between two full reads, which find anything that was missed, in seconds."),
  lagSeconds: seconds
    .default(10)
    .describe("syncrepl: how often contextCSN is compared with the sync cookie, in seconds."),
  retrySeconds: seconds
    .default(2)
    .describe("Delay after a failure, in seconds; doubles up to a minute, with jitter."),
  ...attributeFields,
  ...guardFields,
});
export type LdapDirectory = z.infer<typeof LdapDirectory>;

const LdifDirectory = z.strictObject({
  ldif: z.string().min(1).describe("LDIF file (RFC 2849) instead of a server; watched for changes."),
  compareSeconds: seconds
    .default(300)
    .describe("The file is read again after this long even if unchanged, in seconds."),
  retrySeconds: seconds
    .default(2)
    .describe("Delay after a failure, in seconds; doubles up to a minute, with jitter."),
  ...attributeFields,
  ...guardFields,
});
export type LdifDirectory = z.infer<typeof LdifDirectory>;

/** The directory: an LDAP server, or an LDIF file. */
export const DirectoryConfig = z.union([LdapDirectory, LdifDirectory]);
export type DirectoryConfig = z.infer<typeof DirectoryConfig>;
