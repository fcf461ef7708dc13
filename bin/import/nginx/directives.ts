import { resolve } from "node:path";
import type { Protocol } from "../../../route-api/contract/protocols.ts";
import { badInput, type Fate } from "../finding.ts";
import type { Directive } from "./tokens.ts";

/** What a directive means for its server's instance. */
export interface Meaning {
  fate: Fate;
  /** Field of the instance, of a store's service (`stores.*…`), or of the listener. */
  field?: string;
  value?: unknown;
  note?: string;
}

type Reader = (directive: Directive, protocol: Protocol) => Meaning;

const none =
  (note: string): Reader =>
  () => ({ fate: "none", note });
const TLS = none("TLS 1.2 and newer, with the runtime's ciphers");
const AUTH_HTTP = none("the route API replaces it: it knows the store from the directory");
const LOGS = none("the log goes to standard output as JSON lines");

/** Mechanisms by their names in nginx. */
const MECHANISMS: Record<string, string> = {
  plain: "PLAIN",
  login: "LOGIN",
  xoauth2: "XOAUTH2",
  oauthbearer: "OAUTHBEARER",
};

const mechanisms: Reader = ({ args }) => {
  const value = args.flatMap((name) => MECHANISMS[name] ?? []);
  const left = args.filter((name) => MECHANISMS[name] === undefined);
  if (value.length === 0) return { fate: "none", note: `${left.join(", ")} are not offered` };
  return {
    fate: left.length === 0 ? "carried" : "changed",
    field: "mechanisms",
    value,
    ...(left.length === 0 ? {} : { note: `without ${left.join(", ")}` }),
  };
};

const UNITS: Record<string, number> = { ms: 0.001, s: 1, "": 1, m: 60, h: 3600, d: 86_400 };
const LEAST_IDLE = { imap: 1800, pop3: 600 } as const;
const MOST_IDLE = 86_400;

const idle: Reader = ({ place, args }, protocol) => {
  const [, number = "", unit = ""] = /^(\d+)(ms|s|m|h|d)?$/.exec(args[0] ?? "") ?? [];
  if (number === "") throw badInput(place, `proxy_timeout must be a time, not ${args.join(" ")}`);
  const wanted = Number(number) * (UNITS[unit] ?? 1);
  const value = Math.min(Math.max(wanted, LEAST_IDLE[protocol]), MOST_IDLE);
  const field = `limits.${protocol}IdleSeconds`;
  if (value === wanted) return { fate: "carried", field, value };
  return { fate: "changed", field, value, note: `${wanted} seconds is out of range` };
};

const starttls: Reader = ({ args: [value] }) =>
  value === "only"
    ? { fate: "carried", field: "allowPlaintextLogin", value: false }
    : { fate: "carried", field: "listeners" };

/** Every known directive of nginx's mail modules. */
export const DIRECTIVES: Readonly<Record<string, Reader>> = {
  listen: () => ({ fate: "carried", field: "listeners" }),
  protocol: () => ({ fate: "carried", field: "listeners" }),
  ssl: () => ({ fate: "carried", field: "listeners" }),
  starttls,
  ssl_certificate: () => ({ fate: "carried", field: "tls.certificates" }),
  ssl_certificate_key: () => ({ fate: "carried", field: "tls.certificates" }),
  ssl_password_file: none("keys must not have a password: remove it with openssl pkey"),
  ssl_client_certificate: (directive) => ({
    fate: "carried",
    field: "tls.clientCaFile",
    value: pathOf(directive),
  }),
  ssl_crl: (directive) => ({ fate: "carried", field: "tls.clientCrlFile", value: pathOf(directive) }),
  ssl_verify_client: () => ({
    fate: "changed",
    field: "tls.clientCaFile",
    note: "clients are asked for a certificate but need none; to log in by it, set certmapFile and add EXTERNAL to mechanisms",
  }),
  imap_capabilities: ({ args }) => ({
    fate: "carried",
    field: "imapCapabilities",
    value: args.filter((word) => !/^(STARTTLS|LOGINDISABLED|SASL-IR|AUTH=.*)$/i.test(word)),
  }),
  imap_auth: mechanisms,
  pop3_auth: mechanisms,
  pop3_capabilities: none("the edge lists its own capabilities"),
  imap_client_buffer: none("limits.lineBytes and limits.literalBytes limit what clients send before login"),
  proxy_timeout: idle,
  timeout: none("limits.loginSeconds limits everything before login"),
  max_errors: ({ args: [value] }) => ({ fate: "carried", field: "limits.badCommands", value: Number(value) }),
  proxy_protocol: ({ args: [value] }) =>
    value === "on"
      ? {
          fate: "changed",
          field: "stores.*.proxyProtocol",
          value: "v2",
          note: "version 2, which the store must accept",
        }
      : { fate: "none", note: "off by default" },
  proxy_pass_error_message: none("the store's text is logged, not shown to clients"),
  proxy: none("every session goes to a store"),
  proxy_buffer: none("limits.relayBufferBytes limits what is buffered for a slow client"),
  set_real_ip_from: () => ({ fate: "carried", field: "listeners" }),
  xclient: none("for SMTP; for POP3 stores, see forwardClient"),
  server_name: none("the greeting does not contain the host name"),
  resolver: none("the system resolves names"),
  resolver_timeout: none("the system resolves names"),
  error_log: LOGS,
  google_perftools_profiles: none("applies to nginx only"),
};

const PREFIXES: readonly [string, Reader][] = [
  ["auth_http", AUTH_HTTP],
  ["smtp_", none("SMTP is not supported")],
  ["ssl_", TLS],
];

/** Reads a directive; undefined if it is unknown. */
export function meaningOf(directive: Directive, protocol: Protocol): Meaning | undefined {
  const reader =
    DIRECTIVES[directive.name] ?? PREFIXES.find(([prefix]) => directive.name.startsWith(prefix))?.[1];
  return reader?.(directive, protocol);
}

/** The path of a file that a directive names; relative ones start at the folder of nginx's configuration. */
export const pathOf = ({ folder, args: [path = ""] }: Directive): string => resolve(folder, path);
