import { z } from "zod";
import { storeLimits } from "./store-limits.ts";
import { lineText, port, TlsMode } from "./values.ts";

const StoreService = z.strictObject({
  port: port.min(1).describe("Port of the store."),
  tls: TlsMode.default("starttls").describe("How TLS to the store begins."),
  proxyProtocol: z
    .enum(["none", "v2"])
    .default("none")
    .describe("PROXY header that tells the store the client's address."),
});

/** The identity that logs in at a store on a user's behalf (RFC 4616, authorisation id). */
export const StoreAdmin = z.strictObject({
  user: lineText.min(1).describe("Its name."),
  passwordFile: z.string().min(1).describe("File that holds its password."),
});
export type StoreAdmin = z.infer<typeof StoreAdmin>;

const host = z.string().min(1);

/** How to reach a mail store that a route's mailHost names. */
export const StoreConfig = z.strictObject({
  address: z
    .union([host.transform((one) => [one]), z.array(host).min(1)])
    .optional()
    .describe(
      "Address or host name, or several in the order in which they are tried; by default the mailHost.",
    ),
  imap: StoreService.optional(),
  pop3: StoreService.optional(),
  serverName: z
    .string()
    .optional()
    .describe("Name that the store's certificate must bear; by default the mailHost."),
  caFile: z.string().optional().describe("CA certificates (PEM) that vouch for the store."),
  verifyCertificate: z.boolean().default(true).describe("Refuse a store whose certificate does not check."),
  pinnedKey: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/, "must be the base64 of a SHA-256 digest, 44 characters")
    .optional()
    .describe(
      "The only public key that the store may have: base64 of the SHA-256 of its SubjectPublicKeyInfo.",
    ),
  certFile: z.string().optional().describe("Client certificate (PEM) for the store; needs keyFile."),
  keyFile: z.string().optional().describe("Key (PEM) of certFile."),
  replay: z
    .enum(["auto", "plain", "login", "admin"])
    .default("auto")
    .describe(
      "How passwords go to the store: SASL PLAIN, LOGIN or USER and PASS, or what it offers; admin: the store administrator logs in for the user, whose password the directory has judged (preAuth).",
    ),
  forwardClient: z
    .boolean()
    .default(false)
    .describe("Tell the store who the client is: by ID in IMAP, by XCLIENT in POP3. It must trust the edge."),
  storeAdmin: StoreAdmin.optional().describe("In place of the instance's."),
  ...storeLimits,
});
export type StoreConfig = z.infer<typeof StoreConfig>;

export const Stores = z.record(z.string().min(1), StoreConfig);
export type Stores = z.infer<typeof Stores>;
