import { basename } from "node:path";
import { assume, createDraft, type Draft, put, todo, valueAt } from "../draft.ts";
import { badInput, type Finding, mergeFindings } from "../finding.ts";
import { type InputFile, readText } from "../input.ts";
import { STORE_USER, usersLdif } from "../users-ldif.ts";
import { certificatesOf } from "./certificates.ts";
import { findFile, isYes, lastOf, parseDoveconf, type Setting } from "./doveconf.ts";
import { ldapDirectory } from "./ldap.ts";
import { listenersOf } from "./listeners.ts";
import { type Passdb, passdbsOf } from "./passdbs.ts";
import { type PasswdUser, parsePasswdFile } from "./passwd-file.ts";
import { type ProxyFields, proxyFields } from "./proxy-fields.ts";
import { meaningOf } from "./settings.ts";
import { putStores, storeName } from "./stores.ts";

const INSTANCE = "instances.main";

/** Turns the configuration of a Dovecot proxy, as a file or as `doveconf -n` prints it, into one instance. */
export function importDovecot(files: readonly InputFile[]): Draft {
  const draft = createDraft(`a Dovecot proxy (${files.map(({ path }) => basename(path)).join(", ")})`);
  const read = files.map(parseDoveconf);
  const settings = read.flatMap((one) => one.settings);
  const findings = read.flatMap((one) => one.findings);
  const passdbs = passdbsOf(settings);
  const [first] = files;
  const place = { file: first?.path ?? "dovecot.conf", line: 1 };
  const users: PasswdUser[] = [];
  const common: ProxyFields[] = [];
  for (const passdb of passdbs) {
    const fields = importPassdb(draft, passdb, settings, users, findings);
    common.push(proxyFields(fields));
  }
  if (!common.some(({ proxy }) => proxy) && users.length === 0)
    throw badInput(place, "no passdb has proxy=y: this Dovecot is a store, not a proxy");
  const shared: ProxyFields = Object.assign({}, ...common);
  const certificates = certificatesOf(draft, settings);
  const ssl = lastOf(settings, "ssl")?.value ?? "yes";
  const { listeners, findings: listening } = listenersOf(settings, ssl !== "no" && certificates.length > 0);
  if (listeners.length === 0) throw badInput(place, "has no IMAP or POP3 listener");
  put(draft, `${INSTANCE}.listeners`, listeners);
  if (certificates.length > 0) put(draft, `${INSTANCE}.tls.certificates`, certificates);
  if (listeners.some(({ trustedProxies }) => trustedProxies?.length === 0))
    todo(draft, `Set trustedProxies of ${INSTANCE}: without them no balancer may send PROXY headers.`);
  putUsers(draft, users);
  putStores(draft, shared, users, [...new Set(listeners.map(({ protocol }) => protocol))]);
  putSettings(draft, settings, findings);
  putPlaintext(draft, settings, ssl);
  putMaster(draft, shared);
  draft.findings = mergeFindings([...findings, ...listening]);
  todo(
    draft,
    "At the stores, login_trusted_networks must contain the new machines; then set forwardClient: true.",
  );
  return draft;
}

/** Returns the fields that all users of the passdb have. */
function importPassdb(
  draft: Draft,
  passdb: Passdb,
  settings: readonly Setting[],
  users: PasswdUser[],
  findings: Finding[],
): string[] {
  const { driver, place, fields, args } = passdb;
  const found = (fate: Finding["fate"], field: string | undefined, note?: string): void => {
    findings.push({
      place,
      name: `passdb ${driver}`,
      fate,
      ...(field === undefined ? {} : { field }),
      ...(note === undefined ? {} : { note }),
    });
  };
  switch (driver) {
    case "ldap": {
      const ldap = ldapDirectory(draft, passdb, settings);
      findings.push(...ldap.findings);
      found("changed", "directory", "entries are followed, instead of being searched at each login");
      return ldap.fields;
    }
    case "passwd-file": {
      const given = lastOf(passdb.settings, "passwd_file_path")?.value ?? args.split(/\s+/).at(-1) ?? "";
      const path = findFile(given, place);
      if (path !== undefined) users.push(...parsePasswdFile({ path, text: readText(path) }, fields));
      else todo(draft, `${place.file}:${place.line}: copy ${given} to this machine and import again.`);
      found("changed", "users.ldif", "without the passwords, which the stores check");
      return fields;
    }
    case "static":
      found("changed", "stores", staticNote(draft, proxyFields(fields)));
      return fields;
    case "sql":
      todo(
        draft,
        `passdb sql (${place.file}:${place.line}): a database is not read. Export each user with name and host into users.ldif, or into your LDAP directory, as password_query finds them.`,
      );
      found("changed", "directory", "a database is not read: see what to do");
      return fields;
    default:
      found("none", undefined, "it does not say where mailboxes are");
      return fields;
  }
}

function staticNote(draft: Draft, { host }: ProxyFields): string {
  if (host === undefined) return "fields that all users have";
  todo(
    draft,
    `Every user was sent to ${host}: give each entry the mailHost ${host}, or list the users in users.ldif.`,
  );
  return `every user was sent to ${host}: see what to do`;
}

function putUsers(draft: Draft, users: readonly PasswdUser[]): void {
  if (valueAt(draft, "directory.url") !== undefined) {
    if (users.length > 0)
      todo(
        draft,
        "The users of the passwd-file are not in the directory: add them to it, or use users.ldif instead.",
      );
  } else {
    put(draft, "directory.ldif", "./users.ldif");
    put(draft, "directory.loginAttributes", ["mail", "uid"]);
    put(draft, "directory.accountAttributes", [STORE_USER, "mail", "uid"]);
  }
  if (users.length > 0 || valueAt(draft, "directory.ldif") !== undefined)
    draft.files.set("users.ldif", { content: usersLdif(users, storeName, "passwd-file"), secret: false });
}

/** Carries over what has a field of its own, and reports everything. */
function putSettings(draft: Draft, settings: readonly Setting[], findings: Finding[]): void {
  for (const setting of settings) {
    const { name, label, place } = setting;
    if (name === "passdb") continue;
    const meaning = meaningOf(setting) ?? { fate: "unknown" as const };
    const { field, value, fate, note } = meaning;
    const full = field === undefined || field.startsWith("stores.") ? field : `${INSTANCE}.${field}`;
    if (full !== undefined && value !== undefined) put(draft, full, value, place);
    findings.push({
      place,
      name: label === "" ? name : `${name} ${label}`,
      fate,
      ...(full === undefined ? {} : { field: full }),
      ...(note === undefined ? {} : { note }),
    });
  }
}

function putPlaintext(draft: Draft, settings: readonly Setting[], ssl: string): void {
  const disabled = lastOf(settings, "disable_plaintext_auth")?.value;
  const allowed = lastOf(settings, "auth_allow_cleartext")?.value;
  const isAllowed = (disabled !== undefined && !isYes(disabled)) || isYes(allowed) || ssl === "no";
  put(draft, `${INSTANCE}.allowPlaintextLogin`, isAllowed && ssl !== "required");
  if (ssl === "no" && disabled === undefined && allowed === undefined)
    assume(draft, `${INSTANCE}.allowPlaintextLogin is true, because Dovecot had no TLS.`);
}

function putMaster(draft: Draft, { master, pass }: ProxyFields): void {
  if (master === undefined) return;
  put(draft, `${INSTANCE}.storeAdmin.user`, master);
  draft.files.set("secrets/store-admin", { content: `${pass ?? ""}\n`, secret: true });
  put(draft, `${INSTANCE}.storeAdmin.passwordFile`, "./secrets/store-admin");
  if (pass === undefined) todo(draft, `Put the password of ${master} into secrets/store-admin.`);
  todo(
    draft,
    "Dovecot checked passwords itself and logged in at the stores as the master user. To go on so, set preAuth: true, and replay: admin at the stores; otherwise the stores check the passwords.",
  );
}
