import {
  type CertificateStep,
  certificateSteps,
} from "../../../../../edge-proxy/identity/certmap/certificate-searches.ts";
import { parseCertmap } from "../../../../../edge-proxy/identity/certmap/certmap-file.ts";
import type { DistinguishedName } from "../../../../../edge-proxy/identity/certmap/distinguished-name.ts";
import { parseDn } from "../../../../../edge-proxy/identity/certmap/dn-text.ts";
import type { PresentedCertificate } from "../../../../../edge-proxy/identity/certmap/presented-names.ts";
import { filterText } from "../../../../../edge-proxy/identity/filter-text.ts";
import type { RouteSearch } from "../../../../../route-api/contract/search.ts";

export function dnOf(text: string): DistinguishedName {
  const parsed = parseDn(text);
  if (!parsed.ok) throw new Error(parsed.fault.text);
  return parsed.format;
}

export const certificateOf = (subject: string | DistinguishedName): PresentedCertificate => ({
  der: Uint8Array.of(0x30, 0x00),
  fingerprint: "f00d",
  subject: typeof subject === "string" ? dnOf(subject) : subject,
  issuer: dnOf("cn=Acme CA"),
});

export function certmapOf(text: string) {
  const read = parseCertmap(text);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.certmap;
}

/** The steps of a map with these properties. */
export const stepsOf = (
  properties: string[],
  subject: string | DistinguishedName,
  serverBase?: string,
): CertificateStep[] => {
  const lines = properties.map((property) => `default:${property}\n`);
  const { fallback } = certmapOf(`certmap default default\n${lines.join("")}`);
  return certificateSteps(fallback, certificateOf(subject), serverBase);
};

export const told = ({ match, base, certificate }: RouteSearch): string =>
  `${filterText(match)}${base === undefined ? "" : ` below ${base}`}${certificate === undefined ? "" : " with certificate"}`;

export const tell = (step: CertificateStep): string => (step.is === "search" ? told(step.search) : step.is);
