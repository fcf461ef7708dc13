import { virtualDomains } from "./carried-files.ts";
import { copyBeside } from "./copy-beside.ts";
import { carry, type Outcome, type Row, text, without } from "./row.ts";
import { wholeNumber, words, yesNo } from "./values.ts";

/** Capabilities that the edge adds as they apply. */
const ADDED = /^(STARTTLS|LOGINDISABLED|SASL-IR|AUTH=.*)$/i;

const capability: Row["read"] = ({ value }): Outcome => {
  const all = words(value);
  const kept = all.filter((word) => !ADDED.test(word));
  if (kept.length === 0) return { fate: "none", note: "all of them are added as they apply" };
  const added = all.filter((word) => ADDED.test(word));
  if (added.length === 0) return { value: kept };
  return { fate: "changed", value: kept, note: `${added.join(", ")}: added as they apply` };
};

const admin: Row["read"] = ({ value }, { parameter }): Outcome =>
  parameter("StoreAdminPass") === undefined
    ? { fate: "changed", note: "left out, because there is no StoreAdminPass" }
    : { value };

const adminPassword: Row["read"] = ({ value }, { parameter, instance }): Outcome =>
  parameter("StoreAdmin") === undefined
    ? { fate: "changed", note: "left out, because there is no StoreAdmin" }
    : { secret: { name: `${instance}-store-admin`, text: value }, note: "moved to a file of its own" };

const crams: Row["read"] = (parameter): Outcome => ({
  fate: "none",
  note: yesNo(parameter)
    ? "APOP and CRAM-MD5 need clear-text passwords in the directory; stores may offer SCRAM instead: instances.<name>.mechanisms"
    : "APOP and CRAM-MD5 are not offered",
});

/** What happens before and during a login. */
export const LOGIN_ROWS: readonly Row[] = [
  {
    name: "RestrictPlainPasswords",
    field: "instances.<name>.allowPlaintextLogin",
    read: (parameter) => ({ value: !yesNo(parameter), fate: "changed", note: "inverted" }),
  },
  carry("DefaultDomain", "instances.<name>.defaultDomain", ({ value }) => value.replace(/^@/, "")),
  carry("Banner", "instances.<name>.banner", text),
  { name: "Capability", field: "instances.<name>.imapCapabilities", only: "imap", read: capability },
  { ...carry("ServerDownAlert", "instances.<name>.serverDownAlert", text), only: "imap" },
  {
    name: "SpoofMessageFile",
    field: "instances.<name>.spoofMessageFile",
    only: "pop3",
    read: (parameter, target) => copyBeside(parameter, target, "spoof-message.eml"),
  },
  { name: "StoreAdmin", field: "instances.<name>.storeAdmin.user", read: admin },
  { name: "StoreAdminPass", field: "instances.<name>.storeAdmin.passwordFile", read: adminPassword },
  {
    name: "VirtualDomainFile",
    field: "instances.<name>.virtualDomainFile",
    read: virtualDomains,
  },
  {
    name: "VirtualDomainDelim",
    field: "instances.<name>.domainDelimiters",
    idle: ({ value }) => value === "@",
    read: ({ value }) => ({ value }),
  },
  {
    name: "CanonicalVirtualDomainDelim",
    field: "instances.<name>.canonicalDelimiter",
    idle: ({ value }) => value === "@",
    read: ({ value }) => ({ value }),
  },
  { name: "CRAMs", field: "instances.<name>.mechanisms", read: crams },
  {
    name: "AuthCacheSize",
    field: "instances.<name>.preAuthCache.entries",
    read: (parameter) => ({ value: wholeNumber(parameter) }),
  },
  {
    name: "AuthCacheTTL",
    field: "instances.<name>.preAuthCache.seconds",
    read: (parameter) => ({ value: wholeNumber(parameter) }),
  },
  without("AuthService", "POP before SMTP is not supported; use authenticated submission"),
  without("AuthServiceTTL", "POP before SMTP is not supported"),
  without(
    "AuthenticationServer",
    "passwords are checked by the directory or the store, not by a third server",
  ),
  without(
    "AuthenticationLdapAttributes",
    "passwords are checked by the directory or the store, not by a third server",
  ),
  without("ClientLookup", "clients' names are not looked up; their addresses are logged"),
];
