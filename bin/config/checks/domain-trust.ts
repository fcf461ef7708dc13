import type { InstanceConfig } from "../../../edge-proxy/config/instance.ts";
import { ConfiguredFileError, readVdmapFile } from "../../../edge-proxy/identity/map-files.ts";
import type { VirtualDomain } from "../../../edge-proxy/identity/virtual-domains/virtual-domain.ts";
import type { Fault, Path } from "../mistakes.ts";
import { trustFaults } from "./client-trust.ts";
import { readable, readText, withoutMark } from "./files.ts";

/** Whether a virtual domain of an instance has CAs of its own; false where its file cannot be read. */
export const hasDomainAuthorities = (instance: InstanceConfig): boolean =>
  readableDomains(instance).some(({ overrides }) => overrides.clientCaFile !== undefined);

/** The virtual domains of an instance; none where its file cannot be read. */
export function readableDomains({ virtualDomainFile }: InstanceConfig): readonly VirtualDomain[] {
  if (virtualDomainFile === undefined || readable(virtualDomainFile, []).length > 0) return [];
  try {
    return readVdmapFile(virtualDomainFile, readText).content;
  } catch (error) {
    if (error instanceof ConfiguredFileError) return [];
    throw error;
  }
}

/** Checks the CAs of a virtual domain's clients, and their revocation lists. */
export function checkDomainTrust({ name, line, overrides }: VirtualDomain, path: Path): Fault[] {
  const { clientCaFile: ca, clientCrlFile: crl, certmapFile } = overrides;
  const say = (property: string, text: string): Fault => ({
    path,
    text: `${property} of ${name} (line ${line}) ${text}`,
  });
  if (ca === undefined) return crl === undefined ? [] : [say("ClientCRLFile", "needs ClientCAFile")];
  // By the instance's map its CAs could vouch for anybody.
  if (certmapFile === undefined) return [say("ClientCAFile", "needs a CertMap of the domain's own")];
  const places = { ca: "ClientCAFile", crl: "ClientCRLFile" } as const;
  const named = (part: "ca" | "crl", faults: Fault[]): Fault[] =>
    faults.map(({ text }) => ({ path, text: `${places[part]} of ${name} (line ${line}): ${text}` }));
  const unreadable = [...named("ca", readable(ca, path)), ...named("crl", readable(crl, path))];
  if (unreadable.length > 0) return unreadable;
  const marked = [...named("ca", withoutMark(ca, path)), ...named("crl", withoutMark(crl, path))];
  if (marked.length > 0) return marked;
  return trustFaults(ca, crl).flatMap(({ part, text }) => named(part, [{ path, text }]));
}
