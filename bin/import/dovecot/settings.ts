import type { Fate } from "../finding.ts";
import type { Setting } from "./doveconf.ts";

/** What a setting means for the instance. */
export interface Meaning {
  fate: Fate;
  /** Field of the instance, or of mmp.yaml if it begins with `stores.`. */
  field?: string;
  value?: unknown;
  note?: string;
}

type Reader = (value: string) => Meaning;

const none =
  (note: string): Reader =>
  () => ({ fate: "none", note });
const MECHANISMS = ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "SCRAM-SHA-1", "SCRAM-SHA-256"];

const mechanisms: Reader = (value) => {
  const given = value.toUpperCase().split(/[\s,]+/);
  const known = given.filter((name) => MECHANISMS.includes(name));
  const left = given.filter((name) => !known.includes(name));
  if (known.length === 0) return { fate: "none", note: `${left.join(", ")} are not offered` };
  return {
    fate: left.length === 0 ? "carried" : "changed",
    field: "mechanisms",
    value: known,
    ...(left.length === 0 ? {} : { note: `without ${left.join(", ")}` }),
  };
};

const capabilities: Reader = (value) =>
  value.startsWith("+")
    ? {
        fate: "changed",
        note: `left out: add ${value.slice(1).trim()} to imapCapabilities if all stores have it`,
      }
    : {
        fate: "carried",
        field: "imapCapabilities",
        value: value
          .split(/\s+/)
          .filter((word) => !/^(|STARTTLS|LOGINDISABLED|SASL-IR|AUTH=.*)$/i.test(word)),
      };

const LISTENERS: Reader = () => ({ fate: "carried", field: "listeners" });
const TLS = none("TLS 1.2 and newer, with the runtime's ciphers");
const MAILBOXES = none("concerns mailboxes, which the stores have");
const AUTH = none("the directory and the stores check passwords");
const LOGS = none("the log goes to standard output as JSON lines");
const PROCESS = none("concerns Dovecot's processes");

/** Settings that are known by name. */
const READERS: Readonly<Record<string, Reader>> = {
  protocols: LISTENERS,
  listen: LISTENERS,
  ssl: LISTENERS,
  haproxy_trusted_networks: LISTENERS,
  ssl_cert: () => ({ fate: "carried", field: "tls.certificates" }),
  ssl_key: () => ({ fate: "carried", field: "tls.certificates" }),
  ssl_server_cert_file: () => ({ fate: "carried", field: "tls.certificates" }),
  ssl_server_key_file: () => ({ fate: "carried", field: "tls.certificates" }),
  ssl_client_ca_file: (value) => ({ fate: "carried", field: "stores.*.caFile", value }),
  local_name: () => ({ fate: "carried", field: "tls.certificates" }),
  local: () => ({ fate: "carried", field: "tls.certificates" }),
  login_greeting: (value) => ({ fate: "carried", field: "banner", value }),
  auth_default_realm: (value) => ({ fate: "carried", field: "defaultDomain", value }),
  auth_default_domain: (value) => ({ fate: "carried", field: "defaultDomain", value }),
  auth_mechanisms: mechanisms,
  imap_capability: capabilities,
  disable_plaintext_auth: () => ({ fate: "carried", field: "allowPlaintextLogin", note: "inverted" }),
  auth_allow_cleartext: () => ({ fate: "carried", field: "allowPlaintextLogin" }),
  login_trusted_networks: none("clients' addresses are taken from the PROXY protocol only"),
  dovecot_config_version: none("concerns Dovecot's own files"),
  dovecot_storage_version: none("concerns Dovecot's own files"),
};

/** Settings that are known by how they begin. */
const PREFIXES: readonly [prefix: string, reader: Reader][] = [
  ["ssl_", TLS],
  ["auth_", AUTH],
  ["ldap_", AUTH],
  ["passdb", AUTH],
  ["userdb", AUTH],
  ["sql_", AUTH],
  ["log_", LOGS],
  ["info_log", LOGS],
  ["debug_log", LOGS],
  ["login_log", LOGS],
  ["verbose_", LOGS],
  ["event_", LOGS],
  ["metric", none("the edge has its own metrics (edge.metricsListen)")],
  ["stats_", none("the edge has its own metrics (edge.metricsListen)")],
  ["director_", none("no director is needed: each mailbox has its mailHost")],
  ["doveadm_", PROCESS],
  ["service", PROCESS],
  ["default_", PROCESS],
  ["base_dir", PROCESS],
  ["state_dir", PROCESS],
  ["instance_name", PROCESS],
  ["first_valid", MAILBOXES],
  ["last_valid", MAILBOXES],
  ["mail", MAILBOXES],
  ["mbox_", MAILBOXES],
  ["mdbox_", MAILBOXES],
  ["dict", MAILBOXES],
  ["namespace", MAILBOXES],
  ["plugin", MAILBOXES],
  ["quota", MAILBOXES],
  ["lock_", MAILBOXES],
  ["imap_", MAILBOXES],
  ["pop3_", MAILBOXES],
  ["protocol", none("applies to Dovecot's own sessions")],
  ["lmtp_", none("LMTP is not supported")],
  ["lda_", none("delivery is not supported")],
  ["submission_", none("submission is not supported")],
  ["managesieve_", none("ManageSieve is not supported")],
  ["login_", PROCESS],
];

/** Reads a setting; undefined if it is unknown. */
export function meaningOf({ name, value }: Setting): Meaning | undefined {
  const reader = READERS[name] ?? PREFIXES.find(([prefix]) => name.startsWith(prefix))?.[1];
  return reader?.(value);
}
