import { z } from "zod";
import { filePath } from "../../route-api/contract/file-paths.ts";
import { storeLimits } from "./store-limits.ts";
import { tlsPolicy } from "./tls.ts";
import { lineText, port, TlsMode } from "./values.ts";

const StoreService = z.strictObject({
  port: port.min(1).describe("Port of the store."),
  tls: TlsMode.default("starttls").describe(
    "When TLS to the store starts: never, by STARTTLS or STLS, or with the connection.",
  ),
  proxyProtocol: z
    .enum(["none", "v2"])
    .default("none")
    .describe("PROXY header that tells the store the client's address."),
});

/** The identity that logs in at a store on a user's behalf (RFC 4616, authorisation id). */
export const StoreAdmin = z.strictObject({
  user: lineText.min(1).describe("User name of the store administrator."),
  passwordFile: filePath("secret").describe("File with the store administrator's password."),
  probe: z
    .strictObject({
      user: lineText.min(1).describe("User name, at the stores, of an ordinary user: a test account."),
      passwordFile: filePath("secret").describe("File with that user's password."),
    })
    .optional()
    .describe(
      "An account with which stores are tried before the administrator logs in there: a store that accepts it under the administrator's name is not used.",
    ),
});
export type StoreAdmin = z.infer<typeof StoreAdmin>;

const host = z.string().min(1);

/** How to reach a mail store that a route's mailHost names. */
export const StoreConfig = z.strictObject({
  address: z
    .union([host.transform((one) => [one]), z.array(host).min(1)])
    .optional()
    .describe("Address or host name, or a list tried in order; by default the mailHost."),
  imap: StoreService.optional(),
  pop3: StoreService.optional(),
  allowClearText: z
    .boolean()
    .optional()
    .describe("Permit tls: none to another machine: passwords and mail can be read on the way."),
  serverName: z
    .string()
    .optional()
    .describe("Name expected in the store's certificate; by default the mailHost."),
  caFile: filePath("settings").optional().describe("CAs (PEM) trusted to sign the store's certificate."),
  verifyCertificate: z
    .boolean()
    .default(true)
    .describe("Refuse a store whose certificate cannot be verified."),
  pinnedKey: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/, "must be the base64 of a SHA-256 digest, 44 characters")
    .optional()
    .describe(
      "The only public key accepted from the store: base64 of the SHA-256 of its SubjectPublicKeyInfo.",
    ),
  certFile: filePath("settings")
    .optional()
    .describe("Client certificate (PEM) presented to the store; needs keyFile."),
  keyFile: filePath("secret").optional().describe("Private key (PEM) of certFile."),
  ...tlsPolicy,
  replay: z
    .enum(["auto", "plain", "login", "admin"])
    .default("auto")
    .describe(
      "How passwords are sent to the store: by SASL PLAIN, by LOGIN or USER and PASS, or by whichever it offers. admin: the store administrator logs in for the user, whose password the directory has checked (preAuth).",
    ),
  forwardClient: z
    .boolean()
    .default(false)
    .describe(
      "Tell the store the client's address, by ID in IMAP and XCLIENT in POP3. The store must trust the edge.",
    ),
  storeAdmin: StoreAdmin.optional().describe("Used instead of the instance's storeAdmin."),
  ...storeLimits,
});
export type StoreConfig = z.infer<typeof StoreConfig>;

export const Stores = z.record(z.string().min(1), StoreConfig);
export type Stores = z.infer<typeof Stores>;
