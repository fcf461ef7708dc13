import { ATTRIBUTE_NAME } from "../../../route-api/contract/attribute-names.ts";
import { byLine, type FileFault, readSections, type Section } from "../sections.ts";
import { attributeType, componentType } from "./attribute-types.ts";
import { comparableDn, type DistinguishedName } from "./distinguished-name.ts";
import { parseDn, withMissingCommas } from "./dn-text.ts";

/** An attribute of the subject, and the attribute of the directory that has its value. */
export interface Component {
  /** As `componentType` gives it. */
  from: string;
  /** In lower case. */
  to: string;
}

/** How certificates of one issuer lead to accounts. */
export interface CertificateMap {
  name: string;
  /** Of its certmap directive. */
  line: number;
  /** DNComps: which of the subject's relative names make the base; undefined: all; none: the server's own base. */
  baseComponents: readonly Component[] | undefined;
  /** FilterComps; none: any entry will do. */
  filterComponents: readonly Component[];
  /** CmapLdapAttr: attribute that holds the whole subject DN; searched first. */
  subjectAttribute?: string;
  /** The entry must hold the certificate itself. */
  verifyCertificate: boolean;
}

/** A certmap.conf. */
export interface Certmap {
  /** By the issuer's DN, as `comparableDn` spells it. */
  byIssuer: ReadonlyMap<string, CertificateMap>;
  /** `certmap default default`. */
  fallback: CertificateMap;
}

export type CertmapResult =
  | { ok: true; certmap: Certmap; ignored: FileFault[] }
  /** Every fault, in the order of the file. */
  | { ok: false; faults: FileFault[] };

/**
 * Reads a certmap.conf: `certmap name issuerDN`, then `name:property value`. One wrong line and nothing of the file
 * counts.
 *
 *     parseCertmap("certmap default default\ndefault:DNComps\ndefault:FilterComps e=mail\n")
 */
export function parseCertmap(text: string): CertmapResult {
  const read = readSections("certmap", text);
  const byIssuer = new Map<string, CertificateMap>();
  const ignored = [...read.ignored];
  const faults = [...read.faults];
  let fallback: CertificateMap | undefined;
  for (const section of read.sections) {
    const map = mapOf(section, faults);
    const isDefault = [section.name === "default", section.argument === "default"];
    if (isDefault[0] && isDefault[1]) fallback = map;
    else if (isDefault[0] || isDefault[1]) {
      faults.push({
        line: section.line,
        text: 'the name default is reserved for "certmap default default"',
      });
    } else addIssuer(byIssuer, map, section, faults, ignored);
  }
  if (fallback !== undefined && faults.length === 0)
    return { ok: true, certmap: { byIssuer, fallback }, ignored };
  // Another fault may be why it seems to be missing.
  const missing = { line: text.split("\n").length, text: 'the line "certmap default default" is missing' };
  return { ok: false, faults: faults.length === 0 ? [missing] : byLine(faults) };
}

/** Both readings of an issuer in which commas are missing lead to its map; the first map of an issuer counts. */
function addIssuer(
  byIssuer: Map<string, CertificateMap>,
  map: CertificateMap,
  { line, argument }: Section,
  faults: FileFault[],
  ignored: FileFault[],
): void {
  const readings = [...new Set([argument, withMissingCommas(argument)])].map(parseDn);
  for (const reading of readings) {
    if (!reading.ok || reading.format.length === 0) {
      const why = reading.ok ? "it is empty" : `${reading.fault.text} (character ${reading.fault.at})`;
      faults.push({ line, text: `${JSON.stringify(argument)} is not a DN: ${why}` });
      return;
    }
    const issuer = comparableDn(reading.format);
    const known = byIssuer.get(issuer);
    if (known === undefined) byIssuer.set(issuer, map);
    else if (known !== map)
      ignored.push({ line, text: `the issuer is already mapped by ${known.name} (line ${known.line})` });
  }
}

const mapOf = ({ name, line, properties }: Section, faults: FileFault[]): CertificateMap => {
  const map: CertificateMap = {
    name,
    line,
    baseComponents: undefined,
    filterComponents: [],
    verifyCertificate: false,
  };
  for (const [key, property] of properties) {
    const read = PROPERTIES.get(key);
    const result = read?.(property.value) ?? `${property.name} is not a certmap property`;
    if (typeof result === "string") faults.push({ line: property.line, text: result });
    else Object.assign(map, result);
  }
  return map;
};

/** Reads a value, or says what it must be. */
type ReadValue = (value: string) => Partial<CertificateMap> | string;

const PLUG_IN =
  "plug-ins are not supported; describe the mapping with DNComps and FilterComps (FROMATTR=TOATTR)";

const PROPERTIES = new Map<string, ReadValue>([
  ["dncomps", components("DNComps", (baseComponents) => ({ baseComponents }))],
  ["filtercomps", components("FilterComps", (filterComponents) => ({ filterComponents }))],
  ["verifycert", readVerify],
  ["cmapldapattr", readSubjectAttribute],
  ["library", () => PLUG_IN],
  ["initfn", () => PLUG_IN],
]);

function components(name: string, give: (list: Component[]) => Partial<CertificateMap>): ReadValue {
  return (value) => {
    const list = value.split(/[\s,]+/).filter((word) => word !== "");
    const read = list.map(readComponent);
    const wrong = list.find((_, index) => read[index] === undefined);
    if (wrong === undefined) return give(read.filter((component) => component !== undefined));
    return `${name}: ${JSON.stringify(wrong)} is neither an attribute nor FROMATTR=TOATTR`;
  };
}

/** `attr`, which is searched under its usual name, or `FROMATTR=TOATTR`. */
function readComponent(word: string): Component | undefined {
  const [written = "", to, ...more] = word.split("=");
  const isType = ATTRIBUTE_NAME.test(written) || /^(?:oid\.)?\d+(?:\.\d+)+$/i.test(written);
  const from = componentType(attributeType(written));
  if (!isType || !ATTRIBUTE_NAME.test(to ?? from) || more.length > 0) return undefined;
  return { from, to: (to ?? from).toLowerCase() };
}

function readVerify(value: string): Partial<CertificateMap> | string {
  if (value === "" || /^on$/i.test(value)) return { verifyCertificate: true };
  return /^off$/i.test(value) ? { verifyCertificate: false } : "verifycert must be on or off";
}

function readSubjectAttribute(value: string): Partial<CertificateMap> | string {
  if (value === "") return {};
  if (ATTRIBUTE_NAME.test(value)) return { subjectAttribute: value.toLowerCase() };
  return `CmapLdapAttr: ${JSON.stringify(value)} is not an attribute name`;
}

/** The map for a certificate's issuer: its own, else the default. */
export const chooseMap = ({ byIssuer, fallback }: Certmap, issuer: DistinguishedName): CertificateMap =>
  byIssuer.get(comparableDn(issuer)) ?? fallback;

/** The attributes that the maps search, in lower case: the table must keep them. */
export function mappedAttributes({ byIssuer, fallback }: Certmap): string[] {
  const all = [...byIssuer.values(), fallback].flatMap(({ filterComponents, subjectAttribute }) => [
    ...filterComponents.map(({ to }) => to),
    ...(subjectAttribute === undefined ? [] : [subjectAttribute]),
  ]);
  return [...new Set(all)];
}
