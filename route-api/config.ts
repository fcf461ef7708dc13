import { z } from "zod";

const seconds = z.number().positive().max(86_400);
const hostPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, "must be address:port, for example 127.0.0.1:8080");

/** Where routes are kept: a SQLite file on one machine, or a DynamoDB table. */
export const RouteStoreConfig = z.union([
  z.strictObject({ sqlite: z.string().min(1).describe("Path of the SQLite file; made when it is absent.") }),
  z.strictObject({
    dynamodb: z.strictObject({
      table: z.string().min(3).describe("Name of the table."),
      region: z.string().optional().describe("AWS region; by default that of the environment."),
      endpoint: z.url().optional().describe("Another endpoint than AWS's own, for a local double."),
    }),
  }),
]);
export type RouteStoreConfig = z.infer<typeof RouteStoreConfig>;

const attributeList = z
  .array(z.string().regex(/^[A-Za-z][A-Za-z0-9-]*$/, "must be an attribute name"))
  .min(1);

const entryFields = {
  loginAttributes: attributeList
    .default(["uid", "mail", "mailAlternateAddress"])
    .describe("Attributes whose values are login names of the entry."),
  accountAttributes: attributeList
    .default(["mail", "uid"])
    .describe("The first of these that the entry has is the canonical account name, and goes to the store."),
  mailHostAttributes: attributeList
    .default(["mailHost"])
    .describe("Attributes that name the store, in order of preference."),
  uuidAttribute: z
    .string()
    .default("entryUUID")
    .describe("Attribute that never changes; the DN when absent (LDIF)."),
  maxRemovedShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe("A full read that would remove more than this share of the routes removes none."),
  syncIntervalSeconds: seconds
    .default(30)
    .describe("Time between two full reads of the directory, in seconds."),
};

/** The directory that says where mailboxes are: an LDAP server, or an LDIF file. */
export const DirectoryConfig = z.union([
  z.strictObject({
    url: z
      .string()
      .regex(/^ldaps?:\/\/\S+$/, "must start with ldap:// or ldaps://")
      .describe("LDAP server."),
    startTls: z
      .boolean()
      .default(false)
      .describe("Upgrade an ldap:// connection by StartTLS before the bind."),
    caFile: z.string().optional().describe("CA certificates (PEM) that vouch for the server."),
    base: z.string().min(1).describe("Base DN of the search."),
    filter: z.string().min(3).default("(mailHost=*)").describe("RFC 4515 filter for the entries to read."),
    bindDn: z.string().default("").describe("DN to bind as; empty: anonymous."),
    bindPasswordFile: z.string().optional().describe("File that holds the bind password."),
    pageSize: z.number().int().min(1).max(10_000).default(1000).describe("Entries a page (RFC 2696)."),
    connectTimeoutSeconds: seconds.default(10).describe("Limit for the connection, in seconds."),
    searchTimeoutSeconds: seconds.default(60).describe("Limit for one page, in seconds."),
    ...entryFields,
  }),
  z.strictObject({
    ldif: z.string().min(1).describe("LDIF file (RFC 2849) in place of a server."),
    ...entryFields,
  }),
]);
export type DirectoryConfig = z.infer<typeof DirectoryConfig>;

/** The route API: where it listens, where edges find it, and the token that both know. */
export const RouteApiConfig = z.strictObject({
  listen: hostPort.default("127.0.0.1:8080").describe("Address and port to listen on."),
  url: z
    .url({ protocol: /^https?$/ })
    .default("http://127.0.0.1:8080")
    .describe("Where edges reach it."),
  tokenFile: z.string().min(1).describe("File that holds the edges' bearer token."),
});
export type RouteApiConfig = z.infer<typeof RouteApiConfig>;
