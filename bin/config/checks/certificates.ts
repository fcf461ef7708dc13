import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Path } from "../mistakes.ts";
import { namedFiles } from "../paths.ts";
import { Configuration } from "../schema.ts";

/** A certificate of a configuration, and when it ends. */
export interface CertificateExpiry {
  path: Path;
  file: string;
  endsMs: number;
}

/** The certificates that mmp shows to clients, stores or the directory: the first of each such file. */
export const certificateExpiries = (configuration: Configuration): CertificateExpiry[] =>
  namedFiles(Configuration, configuration).flatMap(({ path, file }) => {
    if (!/certFile$/i.test(String(path.at(-1)))) return [];
    try {
      return [{ path, file, endsMs: Date.parse(new X509Certificate(readFileSync(file)).validTo) }];
    } catch {
      // Absent or no certificate, which is said elsewhere.
      return [];
    }
  });
