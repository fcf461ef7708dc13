import type { DeploymentConfig } from "./schema.ts";

export interface FileReference {
  path: (string | number)[];
  file: string;
}

/** Every file that a part of the configuration names: keys that end in File, and `ldif`. */
export function fileReferences(value: unknown, path: (string | number)[]): FileReference[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => fileReferences(item, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === "string" && (key === "ldif" || key.endsWith("File"))
      ? [{ path: [...path, key], file: normal(inner) }]
      : fileReferences(inner, [...path, key]),
  );
}

/** All that the deployment's configuration names. */
export const allFileReferences = ({
  instances,
  stores,
  directory,
  routeApi,
}: DeploymentConfig): FileReference[] =>
  Object.entries({ instances, stores, directory, routeApi }).flatMap(([key, value]) =>
    fileReferences(value, [key]),
  );

/** `./tls.crt` and `tls.crt` are the same. */
export const normal = (file: string): string => file.replace(/^(\.\/)+/, "");
