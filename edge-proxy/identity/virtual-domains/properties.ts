import { NAME_MAX_BYTES } from "../../../route-api/contract/names.ts";
import { parseAccess } from "../../guard/access-rules.ts";
import { SecretOctets, utf8Octets } from "../../protocol/octets.ts";
import { type FormatResult, formatFaultText } from "../format-fault.ts";
import { isDelimiters } from "../login-parts.ts";
import { parseReplayFormat } from "../replay-format.ts";
import { parseSearchFormat } from "../search-format.ts";
import { isIdle, whyRefused } from "./refused-properties.ts";
import type { Overrides } from "./virtual-domain.ts";

export type PropertyResult = { ok: true; overrides: Overrides } | { ok: false; why: string };

/** Reads a property's value, or says what it must be. */
type ReadValue = (value: string) => Overrides | string;

const PROPERTIES = new Map<string, ReadValue>([
  ["defaultdomain", readDomain],
  ["domaindelim", delimiters((marks) => ({ delimiters: marks }))],
  ["virtualdomaindelim", delimiters((marks) => ({ delimiters: marks }))],
  ["canonicalvirtualdomaindelim", readCanonicalDelimiter],
  ["searchformat", format(parseSearchFormat, (searchFormat) => ({ searchFormat }))],
  ["replayformat", format(parseReplayFormat, (replayFormat) => ({ replayFormat }))],
  ["preauth", yesOrNo((preAuth) => ({ preAuth }))],
  ["authcachesize", wholeNumber((authCacheEntries) => ({ authCacheEntries }))],
  ["authcachettl", wholeNumber((authCacheSeconds) => ({ authCacheSeconds }))],
  ["ldapcachesize", wholeNumber((routeCacheEntries) => ({ routeCacheEntries }))],
  ["ldapcachettl", wholeNumber((routeCacheSeconds) => ({ routeCacheSeconds }))],
  ["certmap", filled((certmapFile) => ({ certmapFile }))],
  ["clientcafile", filled((clientCaFile) => ({ clientCaFile }))],
  ["clientcrlfile", filled((clientCrlFile) => ({ clientCrlFile }))],
  ["restrictplainpasswords", yesOrNo((restricts) => ({ allowPlaintextLogin: !restricts }))],
  ["storeadmin", filled((storeAdminUser) => ({ storeAdminUser }))],
  ["storeadminpass", filled((text) => ({ storeAdminPassword: new SecretOctets(utf8Octets(text)) }))],
  ["tcpaccess", readAccess],
]);

/** Reads one property; `key` is its name in lower case, `name` as written. No error text repeats a password. */
export function readProperty(key: string, name: string, value: string): PropertyResult {
  const read = PROPERTIES.get(key);
  if (read === undefined && isIdle(key, value)) return { ok: true, overrides: {} };
  if (read === undefined) return { ok: false, why: whyRefused(key, name) };
  const overrides = read(value);
  return typeof overrides === "string"
    ? { ok: false, why: `${name}: ${overrides}` }
    : { ok: true, overrides };
}

function readDomain(value: string): Overrides | string {
  const domain = value.toLowerCase();
  const fits = /^[^\s@]*$/.test(domain) && Buffer.byteLength(domain) < NAME_MAX_BYTES;
  return fits ? { defaultDomain: domain } : "must be a domain such as example.com, without @ or spaces";
}

function delimiters(give: (marks: string) => Overrides): ReadValue {
  return (value) => (isDelimiters(value) ? give(value) : "must be punctuation marks, such as @+");
}

function readCanonicalDelimiter(value: string): Overrides | string {
  return isDelimiters(value) && value.length === 1
    ? { canonicalDelimiter: value }
    : "must be one punctuation mark, such as @";
}

function format<T>(parse: (text: string) => FormatResult<T>, give: (read: T) => Overrides): ReadValue {
  return (value) => {
    const result = parse(value);
    return result.ok ? give(result.format) : formatFaultText(result.fault);
  };
}

function yesOrNo(give: (says: boolean) => Overrides): ReadValue {
  return (value) => {
    if (/^(?:yes|on|true|1)$/i.test(value)) return give(true);
    if (/^(?:no|off|false|0)$/i.test(value)) return give(false);
    return "must be yes or no";
  };
}

function wholeNumber(give: (number: number) => Overrides): ReadValue {
  return (value) => (/^\d{1,9}$/.test(value) ? give(Number(value)) : "must be a whole number");
}

function filled(give: (value: string) => Overrides): ReadValue {
  return (value) => (value === "" ? "must not be empty" : give(value));
}

function readAccess(value: string): Overrides | string {
  const parsed = parseAccess([value]);
  return parsed.ok
    ? { access: parsed.rules }
    : `the rule ${JSON.stringify(parsed.rule)} cannot be read: ${parsed.why}`;
}
