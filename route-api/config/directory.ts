import { z } from "zod";
import { attributeName } from "../contract/attribute-names.ts";
import { anyAttributes, attributeList, count, oneOrMore, seconds } from "./values.ts";

/** What the attributes of an entry mean. */
const attributeFields = {
  loginAttributes: attributeList
    .default(["uid", "mail", "mailAlternateAddress", "mailEquivalentAddress"])
    .describe("Attributes whose values are login names of the entry."),
  accountAttributes: attributeList
    .default(["mail", "uid"])
    .describe("The first of these that the entry has is the canonical account name, and goes to the store."),
  mailHostAttributes: attributeList
    .default(["mailHost"])
    .describe("Attributes that name the store, in order of preference."),
  uuidAttribute: attributeName
    .default("entryUUID")
    .describe("Attribute that never changes; the DN when absent (LDIF)."),
  statusAttributes: anyAttributes
    .default(["inetUserStatus", "mailUserStatus"])
    .describe("An entry where one of these is neither active nor overquota may not log in."),
  serviceAttributes: anyAttributes
    .default(["mailAllowedServiceAccess"])
    .describe("Attributes with the rules of what services the user may use."),
  certificateAttribute: attributeName
    .default("userCertificate")
    .describe("Attribute with the user's certificates (DER)."),
  overrideAttribute: attributeName
    .default("mailStoreOverride")
    .describe(
      "Attribute with what differs at the store for one entry: user=NAME, imapPort=N or pop3Port=N a value.",
    ),
  searchAttributes: anyAttributes
    .default([])
    .describe("Attributes that certificate maps and searches may look for; uid or mail too where they do."),
};

/** What keeps a faulty directory from emptying the table. */
const guardFields = {
  maxRemovedShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe(
      "Where more than this share of all entries would go at once, removals wait for `mmp sync release`.",
    ),
  maxRemovedEntries: count.default(20).describe("As many entries may go at once, whatever their share."),
  canaries: z
    .array(z.string().min(1))
    .default([])
    .describe("Login names that the directory must have: where one is missing, removals wait."),
};

const ldapUrl = z.string().regex(/^ldaps?:\/\/\S+$/, "must start with ldap:// or ldaps://");

const LdapDirectory = z.strictObject({
  url: oneOrMore(ldapUrl).describe("LDAP server, or several in the order in which they are tried."),
  startTls: z.boolean().default(false).describe("Upgrade an ldap:// connection by StartTLS before the bind."),
  caFile: z.string().optional().describe("CA certificates (PEM) that vouch for the server."),
  serverName: z
    .string()
    .optional()
    .describe("Name that the server's certificate must bear; by default the host of the URL."),
  certFile: z.string().optional().describe("Client certificate (PEM) for SASL EXTERNAL; needs keyFile."),
  keyFile: z.string().optional().describe("Key (PEM) of certFile."),
  base: z.string().min(1).describe("Base DN of the search."),
  filter: z.string().min(3).default("(mailHost=*)").describe("RFC 4515 filter for the entries to read."),
  bind: z
    .enum(["simple", "external"])
    .default("simple")
    .describe("How to bind: with DN and password, or by certificate (SASL EXTERNAL)."),
  bindDn: z.string().default("").describe("DN to bind as; empty: anonymous."),
  bindPasswordFile: z.string().optional().describe("File that holds the bind password."),
  sync: z
    .enum(["auto", "syncrepl", "delta", "compare"])
    .default("auto")
    .describe(
      "How changes come: RFC 4533, newer entries asked for, or all compared. auto takes the best that the root DSE offers.",
    ),
  pageSize: z.int().min(1).max(10_000).default(1000).describe("Entries a page (RFC 2696)."),
  connectTimeoutSeconds: seconds.default(10).describe("Limit for the connection, in seconds."),
  searchTimeoutSeconds: seconds.default(60).describe("Limit for one page, in seconds."),
  deltaSeconds: seconds.default(1).describe("delta: time between two questions for newer entries."),
  compareSeconds: seconds
    .default(300)
    .describe("compare: time between two full reads. delta: also how soon a removal is found."),
  fullCompareSeconds: seconds
    .default(86_400)
    .describe("syncrepl: time between two full reads that make sure that nothing was missed."),
  lagSeconds: seconds.default(10).describe("syncrepl: how often contextCSN is compared with the cursor."),
  retrySeconds: seconds.default(2).describe("Wait after a failure; doubled up to a minute, with jitter."),
  ...attributeFields,
  ...guardFields,
});
export type LdapDirectory = z.infer<typeof LdapDirectory>;

const LdifDirectory = z.strictObject({
  ldif: z.string().min(1).describe("LDIF file (RFC 2849) in place of a server; watched."),
  compareSeconds: seconds.default(300).describe("The file is read again after this, changed or not."),
  retrySeconds: seconds.default(2).describe("Wait after a failure; doubled up to a minute, with jitter."),
  ...attributeFields,
  ...guardFields,
});
export type LdifDirectory = z.infer<typeof LdifDirectory>;

/** The directory that says where mailboxes are: an LDAP server, or an LDIF file. */
export const DirectoryConfig = z.union([LdapDirectory, LdifDirectory]);
export type DirectoryConfig = z.infer<typeof DirectoryConfig>;
