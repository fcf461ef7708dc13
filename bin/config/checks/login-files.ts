import type { InstanceConfig } from "../../../edge-proxy/config/instance.ts";
import type { StoreAdmin } from "../../../edge-proxy/config/stores.ts";
import {
  ConfiguredFileError,
  readCertmapFile,
  readVdmapFile,
} from "../../../edge-proxy/identity/map-files.ts";
import type { Fault, Path } from "../mistakes.ts";
import { checkDomainTrust } from "./domain-trust.ts";
import { readable, readText, secret } from "./files.ts";

/** Checks the files that an instance's logins depend on: passwords, virtual domains, certificate maps. */
export function checkLoginFiles({ virtualDomainFile, storeAdmin, tls }: InstanceConfig, here: Path): Fault[] {
  return [
    ...checkStoreAdmin(storeAdmin, [...here, "storeAdmin"]),
    ...checkCertmap(tls?.certmapFile, [...here, "tls", "certmapFile"]),
    ...checkVirtualDomains(virtualDomainFile, [...here, "virtualDomainFile"]),
  ];
}

/** Checks the files of a store administrator, and that its test account is an ordinary one. */
export const checkStoreAdmin = (admin: StoreAdmin | undefined, path: Path): Fault[] => [
  ...secret(admin?.passwordFile, [...path, "passwordFile"]),
  ...secret(admin?.probe?.passwordFile, [...path, "probe", "passwordFile"]),
  ...(admin?.probe === undefined || admin.probe.user !== admin.user
    ? []
    : [{ path: [...path, "probe", "user"], text: "must be an ordinary user, not the administrator itself" }]),
];

function checkVirtualDomains(file: string | undefined, path: Path): Fault[] {
  if (file === undefined) return [];
  const unreadable = readable(file, path);
  if (unreadable.length > 0) return unreadable;
  const domains = attempt(path, () => readVdmapFile(file, readText).content);
  if ("faults" in domains) return domains.faults;
  return domains.flatMap((domain) => [
    ...checkCertmap(domain.overrides.certmapFile, path).map(({ text }) => ({
      path,
      text: `CertMap of ${domain.name} (line ${domain.line}): ${text}`,
    })),
    ...checkDomainTrust(domain, path),
  ]);
}

function checkCertmap(file: string | undefined, path: Path): Fault[] {
  if (file === undefined) return [];
  const unreadable = readable(file, path);
  if (unreadable.length > 0) return unreadable;
  const read = attempt(path, () => readCertmapFile(file, readText));
  return "faults" in read ? read.faults : [];
}

function attempt<T extends object>(path: Path, read: () => T): T | { faults: Fault[] } {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfiguredFileError)
      return { faults: error.message.split("\n").map((text) => ({ path, text })) };
    throw error;
  }
}

/** Lines of an instance's files that have no effect. */
export function ignoredLines({ virtualDomainFile, tls }: InstanceConfig): string[] {
  const lines: string[] = [];
  const maps = new Set(tls?.certmapFile === undefined ? [] : [tls.certmapFile]);
  if (virtualDomainFile !== undefined) {
    const { content, ignored } = readVdmapFile(virtualDomainFile, readText);
    lines.push(...ignored);
    for (const { overrides } of content)
      if (overrides.certmapFile !== undefined) maps.add(overrides.certmapFile);
  }
  return [...lines, ...[...maps].flatMap((file) => readCertmapFile(file, readText).ignored)];
}
