import { createHash } from "node:crypto";
import type { DirectoryConfig } from "../config/directory.ts";
import { MAIL_HOST } from "../contract/host-names.ts";
import { canonicalLogin, searchValue } from "../contract/names.ts";
import { StoreOverride } from "../contract/routes.ts";
import type { FullEntry } from "../store/store.ts";
import type { Attributes, AttributeValue } from "./ldap/message.ts";
import { uuidText } from "./ldap/sync-controls.ts";

/** An entry as a directory gives it. */
export interface DirectoryEntry {
  dn: string;
  attributes: Attributes;
  /** Where the source itself names entries: goes before uuidAttribute. */
  uuid?: string;
}

/** Settings that say which attributes mean what. */
export const ATTRIBUTE_SETTINGS = [
  "loginAttributes",
  "accountAttributes",
  "mailHostAttributes",
  "uuidAttribute",
  "statusAttributes",
  "serviceAttributes",
  "certificateAttribute",
  "overrideAttribute",
  "searchAttributes",
] as const satisfies readonly (keyof DirectoryConfig)[];

/** Which attributes mean what. */
export type AttributeNames = Pick<DirectoryConfig, (typeof ATTRIBUTE_SETTINGS)[number]>;

export type EntryResult =
  | { ok: true; entry: FullEntry }
  /** The entry cannot be routed; `reason` is for the operator. */
  | { ok: false; uuid: string; reason: string };

/** States in which a user may log in; so may one without a state. */
const ACTIVE = ["active", "overquota"];

/** Makes a route of a directory entry, or says why it cannot. */
export function routeEntry(
  { dn, attributes, uuid: named }: DirectoryEntry,
  names: AttributeNames,
): EntryResult {
  const texts = (attribute: string): string[] => textsOf(attributes, attribute);
  const uuid = named ?? uuidOf(attributes, names.uuidAttribute) ?? `dn:${dn.toLowerCase()}`;
  const no = (reason: string): EntryResult => ({ ok: false, uuid, reason });

  const mailHost = unique(names.mailHostAttributes.flatMap(texts));
  if (mailHost.length === 0) return no(`no ${names.mailHostAttributes.join(" or ")}`);
  const wrongHost = mailHost.find((host) => !MAIL_HOST.test(host));
  if (wrongHost !== undefined) return no(`${JSON.stringify(wrongHost)} is no host name`);

  const logins: string[] = [];
  for (const value of names.loginAttributes.flatMap(texts)) {
    const login = canonicalLogin(value);
    if (login === undefined) return no(`${JSON.stringify(value)} is no login name`);
    logins.push(login);
  }
  if (logins.length === 0) return no(`no ${names.loginAttributes.join(" or ")}`);

  const account = canonicalLogin(names.accountAttributes.flatMap(texts)[0] ?? "");
  if (account === undefined) return no(`no ${names.accountAttributes.join(" or ")}`);

  const override = overrideOf(texts(names.overrideAttribute));
  if (override instanceof Error) return no(`${names.overrideAttribute}: ${override.message}`);

  const disabled = disabledBy(names.statusAttributes, texts);
  const services = names.serviceAttributes.flatMap(texts);
  const searched = searchedOf(names.searchAttributes, texts);
  const certificates = certificatesOf(attributes.get(names.certificateAttribute.toLowerCase()));
  return {
    ok: true,
    entry: {
      uuid,
      dn,
      account,
      logins: unique(logins),
      mailHost,
      version: versionOf(texts),
      ...(disabled === undefined ? {} : { disabled }),
      ...(services.length === 0 ? {} : { services }),
      ...(override === undefined ? {} : { override }),
      ...(searched === undefined ? {} : { attributes: searched }),
      ...certificates,
    },
  };
}

/** Attributes to ask the directory for. */
export const attributesToRead = (names: AttributeNames): string[] =>
  unique([
    ...names.loginAttributes,
    ...names.accountAttributes,
    ...names.mailHostAttributes,
    ...names.statusAttributes,
    ...names.serviceAttributes,
    ...names.searchAttributes,
    names.overrideAttribute,
    names.certificateAttribute,
    // RFC 4523: certificates are to be asked for in this form; Active Directory only knows the other.
    `${names.certificateAttribute};binary`,
    names.uuidAttribute,
    ...VERSION_ATTRIBUTES,
  ]);

/** What says how new an entry is, best first. */
export const VERSION_ATTRIBUTES = ["entryCSN", "modifyTimestamp", "uSNChanged"];

/** Digits that a 64-bit number may have: padded to them, numbers sort as text. */
const NUMBER_DIGITS = 20;

function versionOf(texts: (attribute: string) => string[]): string {
  const [csn] = texts("entryCSN");
  const [time] = texts("modifyTimestamp");
  const [usn] = texts("uSNChanged");
  return csn ?? time ?? usn?.padStart(NUMBER_DIGITS, "0") ?? "";
}

/** Values that are text, without blanks around them; empty ones and bytes are left out. */
export const textsOf = (attributes: Attributes, attribute: string): string[] =>
  (attributes.get(attribute.toLowerCase()) ?? []).flatMap((value) => {
    const text = typeof value === "string" ? value.trim() : "";
    return text === "" ? [] : [text];
  });

/** A UUID in one form, whether the directory has it as bytes (objectGUID), in parts of its own (nsUniqueId) or as text. */
export function uuidOf(attributes: Attributes, attribute: string): string | undefined {
  const [value] = attributes.get(attribute.toLowerCase()) ?? [];
  if (value === undefined) return undefined;
  const bytes = bytesOf(value);
  if (bytes.length === 16) return uuidText(bytes);
  const digits = bytes.toString("utf8").trim().toLowerCase().replaceAll("-", "");
  if (/^[0-9a-f]{32}$/.test(digits)) return uuidText(Buffer.from(digits, "hex"));
  return digits === "" ? undefined : bytes.toString("utf8").trim();
}

const bytesOf = (value: AttributeValue): Buffer =>
  typeof value === "string" ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.length);

function disabledBy(
  statusAttributes: readonly string[],
  texts: (attribute: string) => string[],
): string | undefined {
  for (const attribute of statusAttributes) {
    const wrong = texts(attribute).find((value) => !ACTIVE.includes(value.toLowerCase()));
    if (wrong !== undefined) return `${attribute}: ${wrong}`;
  }
  return undefined;
}

const OVERRIDES = new Map<string, (value: string) => StoreOverride>([
  ["user", (user) => ({ user })],
  ["imapport", (port) => ({ imapPort: Number(port) })],
  ["pop3port", (port) => ({ pop3Port: Number(port) })],
]);

/** `user=NAME`, `imapPort=N`, `pop3Port=N`, one a value. */
function overrideOf(values: readonly string[]): StoreOverride | undefined | Error {
  let override: StoreOverride | undefined;
  for (const text of values) {
    const [, key = "", value = ""] = /^(\w+) *= *(.+)$/s.exec(text) ?? [];
    const parsed = StoreOverride.safeParse(OVERRIDES.get(key.toLowerCase())?.(value));
    if (!parsed.success)
      return new Error(`${JSON.stringify(text)} is none of user=NAME, imapPort=N, pop3Port=N`);
    override = { ...override, ...parsed.data };
  }
  return override;
}

function searchedOf(
  searchAttributes: readonly string[],
  texts: (attribute: string) => string[],
): Record<string, string[]> | undefined {
  const found = searchAttributes.flatMap((attribute): [string, string[]][] => {
    const values = unique(texts(attribute).map(searchValue));
    return values.length === 0 ? [] : [[attribute.toLowerCase(), values]];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** DER of each certificate, and its fingerprint. Text is no DER: its second byte never is UTF-8. */
function certificatesOf(
  values: readonly AttributeValue[] | undefined,
): { certificates: string[]; fingerprints: string[] } | undefined {
  const byFingerprint = new Map<string, string>();
  for (const value of values ?? []) {
    if (typeof value === "string") continue;
    const der = bytesOf(value);
    byFingerprint.set(createHash("sha256").update(der).digest("hex"), der.toString("base64"));
  }
  if (byFingerprint.size === 0) return undefined;
  return { certificates: [...byFingerprint.values()], fingerprints: [...byFingerprint.keys()] };
}

const unique = (values: string[]): string[] => [...new Set(values)];
