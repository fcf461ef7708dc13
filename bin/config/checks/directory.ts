import type { DirectoryConfig } from "../../../route-api/config/directory.ts";
import { normalDn } from "../../../route-api/contract/distinguished-names.ts";
import type { Fault } from "../mistakes.ts";
import { asciiSecret, checkOwnCertificate, readable, readablePem } from "./files.ts";

const HERE = "directory";

/** Checks what the schema of `directory` cannot: its files, its base, and settings that need each other. */
export function checkDirectory(directory: DirectoryConfig): Fault[] {
  if ("ldif" in directory) return readable(directory.ldif, [HERE, "ldif"]);
  const { bindPasswordFile, caFile, base, bind, bindDn, url, startTls } = directory;
  const faults = [
    ...asciiSecret(bindPasswordFile, [HERE, "bindPasswordFile"]),
    ...readablePem(caFile, [HERE, "caFile"]),
    ...checkOwnCertificate(directory, [HERE]),
  ];
  if (normalDn(base) === undefined) faults.push({ path: [HERE, "base"], text: `${base} is not a DN` });
  if (bind === "simple" && bindDn !== "" && bindPasswordFile === undefined) {
    // A bind with a name and no password succeeds, as nobody (RFC 4513, section 5.1.2).
    faults.push({ path: [HERE, "bindDn"], text: "needs bindPasswordFile" });
  }
  if (startTls && url.some((one) => one.startsWith("ldaps:"))) {
    faults.push({ path: [HERE, "startTls"], text: "is for ldap:// only; ldaps:// uses TLS from the start" });
  }
  if (bind === "external" && directory.certFile === undefined) {
    faults.push({ path: [HERE, "bind"], text: "external needs certFile and keyFile" });
  }
  if (bind === "external" && !startTls && url.some((one) => one.startsWith("ldap:"))) {
    faults.push({ path: [HERE, "bind"], text: "external needs ldaps:// or startTls" });
  }
  return faults;
}
