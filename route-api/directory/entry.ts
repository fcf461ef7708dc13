import { createHash } from "node:crypto";
import type { DirectoryConfig } from "../config/directory.ts";
import { mailHostFault } from "../contract/host-names.ts";
import { canonicalLogin, searchValue } from "../contract/names.ts";
import { StoreOverride } from "../contract/routes.ts";
import type { FullEntry } from "../store/store.ts";
import type { Attributes, AttributeValue } from "./attributes.ts";
import { bytesOf, dnIdentity, uuidOf } from "./identity.ts";

/** An entry as a directory returns it. */
export interface DirectoryEntry {
  dn: string;
  attributes: Attributes;
  /** Set if the source itself identifies entries; takes precedence over uuidAttribute. */
  uuid?: string;
  /** Why the entry cannot be used, if the source could not read it. */
  fault?: string;
}

/** Settings that map attributes to their meaning. */
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

/** How attributes map to the fields of a route. */
export type AttributeNames = Pick<DirectoryConfig, (typeof ATTRIBUTE_SETTINGS)[number]>;

export type EntryResult =
  | { ok: true; entry: FullEntry }
  /** The entry has no usable route; `reason` is for the operator. */
  | { ok: false; uuid: string; reason: string };

/** Statuses that let a user log in; so does having none. */
const ACTIVE = ["active", "overquota"];

/** Turns a directory entry into a route, or says why it cannot. */
export function routeEntry(
  { dn, attributes, uuid: named, fault }: DirectoryEntry,
  names: AttributeNames,
): EntryResult {
  const texts = (attribute: string): string[] => textsOf(attributes, attribute);
  const uuid = named ?? uuidOf(attributes, names.uuidAttribute) ?? dnIdentity(dn);
  const no = (reason: string): EntryResult => ({ ok: false, uuid, reason });

  if (fault !== undefined) return no(fault);
  const mailHost = unique(names.mailHostAttributes.flatMap(texts));
  if (mailHost.length === 0) return no(`no ${names.mailHostAttributes.join(" or ")}`);
  for (const host of mailHost) {
    const wrong = mailHostFault(host);
    if (wrong !== undefined) return no(wrong);
  }

  const logins: string[] = [];
  for (const value of names.loginAttributes.flatMap(texts)) {
    const login = canonicalLogin(value);
    if (login === undefined) return no(`${JSON.stringify(value)} is not a valid login name`);
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
      version: versionOf(attributes),
      ...(disabled === undefined ? {} : { disabled }),
      ...(services.length === 0 ? {} : { services }),
      ...(override === undefined ? {} : { override }),
      ...(searched === undefined ? {} : { attributes: searched }),
      ...certificates,
    },
  };
}

/** Attributes to request from the directory. */
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
    // RFC 4523 requires this form for certificates; Active Directory knows only the other.
    `${names.certificateAttribute};binary`,
    names.uuidAttribute,
    ...VERSION_ATTRIBUTES,
  ]);

/** Attributes that tell how recent an entry is, best first. */
export const VERSION_ATTRIBUTES = ["entryCSN", "modifyTimestamp", "uSNChanged"];

/** Most digits of a 64-bit number: padded to this length, numbers sort as text. */
const NUMBER_DIGITS = 20;

/** The directory's version of an entry; "" if it has none. */
export function versionOf(attributes: Attributes): string {
  const [csn] = textsOf(attributes, "entryCSN");
  const [time] = textsOf(attributes, "modifyTimestamp");
  const [usn] = textsOf(attributes, "uSNChanged");
  return csn ?? time ?? usn?.padStart(NUMBER_DIGITS, "0") ?? "";
}

/** The textual values of an attribute, trimmed; empty and binary ones are left out. */
export const textsOf = (attributes: Attributes, attribute: string): string[] =>
  (attributes.get(attribute.toLowerCase()) ?? []).flatMap((value) => {
    const text = typeof value === "string" ? value.trim() : "";
    return text === "" ? [] : [text];
  });

/** A found entry, identified by its uuidAttribute. */
export function withUuid({ dn, attributes, fault }: DirectoryEntry, uuidAttribute: string): DirectoryEntry {
  const uuid = uuidOf(attributes, uuidAttribute);
  return {
    dn,
    attributes,
    ...(uuid === undefined ? {} : { uuid }),
    ...(fault === undefined ? {} : { fault }),
  };
}

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

/** `user=NAME`, `imapPort=N`, `pop3Port=N`, one per value. */
function overrideOf(values: readonly string[]): StoreOverride | undefined | Error {
  let override: StoreOverride | undefined;
  for (const text of values) {
    const [, key = "", value = ""] = /^(\w+) *= *(.+)$/s.exec(text) ?? [];
    const parsed = StoreOverride.safeParse(OVERRIDES.get(key.toLowerCase())?.(value));
    if (!parsed.success)
      return new Error(`${JSON.stringify(text)} must be user=NAME, imapPort=N or pop3Port=N`);
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

/** DER and fingerprint of each certificate. A textual value is not DER, whose second byte is never valid UTF-8. */
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
