import { FilterParser } from "ldapts";
import type { DirectoryConfig, LdapDirectory } from "../../../route-api/config/directory.ts";
import { normalDn } from "../../../route-api/contract/distinguished-names.ts";
import { checkCertificate, type Fault, readable } from "./files.ts";

const HERE = "directory";

/** Checks what the schema of `directory` cannot: its files, and settings that need each other. */
export function checkDirectory(directory: DirectoryConfig): Fault[] {
  if ("ldif" in directory) return readable(directory.ldif, [HERE, "ldif"]);
  const { bindPasswordFile, caFile, base, bind, bindDn, url, startTls } = directory;
  const faults = [
    ...readable(bindPasswordFile, [HERE, "bindPasswordFile"]),
    ...readable(caFile, [HERE, "caFile"]),
    ...checkOwnCertificate(directory),
    ...checkFilter(directory.filter),
  ];
  if (normalDn(base) === undefined) faults.push({ path: [HERE, "base"], text: `${base} is no DN` });
  if (bind === "simple" && bindDn !== "" && bindPasswordFile === undefined) {
    // A bind with a name and no password succeeds, as nobody (RFC 4513, section 5.1.2).
    faults.push({ path: [HERE, "bindDn"], text: "needs bindPasswordFile" });
  }
  if (bind === "external" && directory.certFile === undefined) {
    faults.push({ path: [HERE, "bind"], text: "external needs certFile and keyFile" });
  }
  if (bind === "external" && !startTls && url.some((one) => one.startsWith("ldap:"))) {
    faults.push({ path: [HERE, "bind"], text: "external needs ldaps:// or startTls" });
  }
  return faults;
}

function checkOwnCertificate({ certFile, keyFile }: Pick<LdapDirectory, "certFile" | "keyFile">): Fault[] {
  if (certFile !== undefined && keyFile !== undefined) return checkCertificate({ certFile, keyFile }, [HERE]);
  if (certFile !== undefined) return [{ path: [HERE, "certFile"], text: "needs keyFile beside it" }];
  if (keyFile !== undefined) return [{ path: [HERE, "keyFile"], text: "needs certFile beside it" }];
  return [];
}

function checkFilter(filter: string): Fault[] {
  try {
    FilterParser.parseString(filter);
    return [];
  } catch (error) {
    return [{ path: [HERE, "filter"], text: `${filter} is no filter: ${(error as Error).message}` }];
  }
}
