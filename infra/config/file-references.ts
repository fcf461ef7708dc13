import type { Path } from "../../bin/config/mistakes.ts";
import { namedFiles } from "../../bin/config/paths.ts";
import { DeploymentConfig } from "./schema.ts";

export interface FileReference {
  path: Path;
  file: string;
}

/** The files that a deployment's configuration, or some sections of it, has mmp read. */
export const fileReferences = (sections: object): FileReference[] =>
  namedFiles(DeploymentConfig, sections)
    .filter(({ use }) => use !== "output")
    .map(({ path, file }) => ({ path, file: normal(file) }));

/** `./tls.crt` and `tls.crt` are the same. */
export const normal = (file: string): string => file.replace(/^(\.\/)+/, "");
