import {
  BASE_MAX,
  CERTIFICATE_MAX,
  MATCH_PARTS_MAX,
  MATCH_VALUE_MAX,
  type Match,
  type RouteSearch,
} from "../../../route-api/contract/search.ts";
import { BASE_TYPES, componentType } from "./attribute-types.ts";
import type { CertificateMap, Component } from "./certmap-file.ts";
import { type DistinguishedName, type NamePart, writeDn } from "./distinguished-name.ts";
import type { PresentedCertificate } from "./presented-names.ts";

/** One step of a map. */
export type CertificateStep =
  | {
      is: "search";
      search: RouteSearch;
      /** The same without the certificate: if only this finds an entry, that entry holds a different certificate. */
      unverified?: RouteSearch;
    }
  /** The subject lacks the attributes that the map asks for. */
  | { is: "no-match"; why: string }
  /** The route table cannot answer it. */
  | { is: "not-searchable"; why: string };

/**
 * The searches that a map makes for a certificate, in order: the first that finds one entry decides; a step that is
 * not a search ends them.
 *
 * A map without FilterComps means `(objectclass=*)` below the base. The table answers that where the certificate must
 * be in the entry (verifycert), since entries are indexed by certificate. Without verifycert it finds the entry whose
 * own DN the base is, and no entry below that one; and where the base is the server's own, any entry would match, so
 * that it is "not-searchable".
 */
export function certificateSteps(
  map: CertificateMap,
  certificate: PresentedCertificate,
  serverBase?: string,
): CertificateStep[] {
  if (map.verifyCertificate && base64Length(certificate.der) > CERTIFICATE_MAX) return [CERTIFICATE_TOO_LONG];
  const own: Base = { is: "base", text: serverBase, isDerived: false };
  const derived = map.baseComponents?.length === 0 ? own : baseOf(map, certificate.subject);
  const last = componentStep(map, certificate, derived);
  const bySubject =
    map.subjectAttribute === undefined ? undefined : subjectMatch(map.subjectAttribute, certificate.subject);
  if (bySubject === undefined) return [last];
  // The attribute holds the whole subject, so that only a list of DNComps says where to search.
  const base = map.baseComponents === undefined ? own : derived;
  return base.is === "base" ? [stepOf(map, certificate, base, bySubject), last] : [last];
}

/** The search by DNComps and FilterComps. */
function componentStep(
  map: CertificateMap,
  certificate: PresentedCertificate,
  base: Base | NoBase,
): CertificateStep {
  if (base.is !== "base") return base;
  const filter = filterOf(map, certificate.subject, base);
  return filter.is === "match" ? stepOf(map, certificate, base, filter.match) : filter;
}

type NoBase = Exclude<CertificateStep, { is: "search" }>;

interface Base {
  is: "base";
  /** Undefined: the whole table. */
  text: string | undefined;
  /** Made of the subject, not the server's own. */
  isDerived: boolean;
}

const TOO_LONG: NoBase = { is: "not-searchable", why: "the subject is too long for a search" };
const CERTIFICATE_TOO_LONG: CertificateStep = {
  is: "not-searchable",
  why: "the certificate is too long for a search",
};

const base64Length = ({ length }: Uint8Array): number => Math.ceil(length / 3) * 4;

/** The base made of the subject's names. */
function baseOf({ baseComponents, name }: CertificateMap, subject: DistinguishedName): Base | NoBase {
  const relatives = subject
    .map((relative) =>
      relative.flatMap((part): NamePart[] => {
        if (baseComponents === undefined) return BASE_TYPES.has(part.type) ? [part] : [];
        return targets(baseComponents, part).map((to) => ({ ...part, type: to }));
      }),
    )
    .filter((relative) => relative.length > 0);
  // Otherwise an unusual subject would search the whole directory.
  if (relatives.length === 0)
    return { is: "no-match", why: `the subject has none of the attributes in ${name}'s DNComps` };
  const text = writeDn(relatives);
  return text.length > BASE_MAX ? TOO_LONG : { is: "base", text, isDerived: true };
}

/** Undefined: any entry matches. */
type Filter = { is: "match"; match: Match | undefined } | NoBase;

function filterOf(
  { filterComponents, verifyCertificate, name }: CertificateMap,
  subject: DistinguishedName,
  base: Base,
): Filter {
  if (filterComponents.length === 0) {
    if (verifyCertificate) return { is: "match", match: undefined };
    if (!base.isDerived || base.text === undefined) {
      return {
        is: "not-searchable",
        why: `${name} has neither FilterComps nor a base made from the subject, so every entry would match`,
      };
    }
    if (base.text.length > MATCH_VALUE_MAX)
      return { is: "not-searchable", why: "the subject is too long for a search" };
    return { is: "match", match: { attribute: "dn", value: base.text } };
  }
  const listed = subject
    .flat()
    .flatMap((part) =>
      targets(filterComponents, part).map((attribute) => ({ attribute, value: part.value ?? "" })),
    );
  const parts = listed.filter(
    (one, at) =>
      at === listed.findIndex(({ attribute, value }) => attribute === one.attribute && value === one.value),
  );
  const [first, ...rest] = parts;
  if (first === undefined)
    return { is: "no-match", why: `the subject has none of the attributes in ${name}'s FilterComps` };
  // Without it, the certificate of another person could match.
  const unusable = parts.find(({ value }) => value.trim() === "");
  if (unusable !== undefined)
    return { is: "no-match", why: `the subject's value for ${unusable.attribute} is empty or not text` };
  const isTooLong = parts.some(({ value }) => value.length > MATCH_VALUE_MAX);
  // One part is the certificate's, where it must be verified.
  if (isTooLong || parts.length >= MATCH_PARTS_MAX) {
    return { is: "not-searchable", why: "the subject is too long for a search" };
  }
  return { is: "match", match: rest.length === 0 ? first : { all: parts } };
}

const targets = (components: readonly Component[], { type }: NamePart): string[] =>
  components.filter(({ from }) => from === componentType(type)).map(({ to }) => to);

/**
 * The subject DN as directories hold it in CmapLdapAttr: with and without blanks behind commas, and e-mail addresses
 * under either name. The table compares it as text.
 */
function subjectMatch(attribute: string, subject: DistinguishedName): Match | undefined {
  const long = subject.map((relative) =>
    relative.map((part) => (part.type === "e" ? { ...part, type: "emailaddress" } : part)),
  );
  const spellings = [subject, long].flatMap((dn) => [writeDn(dn), writeDn(dn, ", ")]);
  const any = [...new Set(spellings)]
    .filter((value) => value !== "" && value.length <= MATCH_VALUE_MAX)
    .map((value) => ({ attribute, value }));
  return any.length > 1 ? { any } : any[0];
}

/** `match` undefined: any entry that holds the certificate. */
function stepOf(
  { verifyCertificate }: CertificateMap,
  { der, fingerprint }: PresentedCertificate,
  base: Base,
  match: Match | undefined,
): CertificateStep {
  const below = base.text === undefined || base.text === "" ? {} : { base: base.text };
  const unverified = match === undefined ? undefined : { match, ...below };
  if (!verifyCertificate && unverified !== undefined) return { is: "search", search: unverified };
  // The fingerprint finds the one entry directly, however many match the rest; the table then compares every byte.
  const held = { attribute: "certificate", value: fingerprint };
  const search: RouteSearch = {
    match: match === undefined ? held : { all: [held, match] },
    ...below,
    certificate: Buffer.from(der).toString("base64"),
  };
  return unverified === undefined ? { is: "search", search } : { is: "search", search, unverified };
}
