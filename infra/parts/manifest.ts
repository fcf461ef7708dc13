import type { SecretManifestInput } from "../../bin/secret-files/manifest.ts";
import { fileReferences } from "../config/file-references.ts";
import type { DeploymentConfig } from "../config/schema.ts";
import { filesOf } from "../config/secrets.ts";
import { PARTS, type Part, tokenFiles } from "./mmp-yaml.ts";

/** The ARN of one of the deployment's secrets, by its name. */
export type ArnOf = (secret: string) => string;

/** Names of the secrets that the deployment itself creates. */
export const tokenSecret = (name: string): string => `token-${name}`;
export const documentSecret = (part: Part): string => `configuration-${kebab(part)}`;
const kebab = (part: Part): string => part.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Tokens of the route API: the edges' and the operator's. */
export const tokenNames = ({ routeApi }: DeploymentConfig): string[] => [
  "edge",
  ...routeApi.tokens.map(({ name }) => name),
];

/** The operator's secrets that a part needs: those that provide a file it names. */
export function secretsOf(part: Part, config: DeploymentConfig): string[] {
  const { instances, stores, directory, routeApi, secrets } = config;
  const sections: Record<Part, object> = {
    edge: { instances, stores, routeApi: { caFile: routeApi.caFile } },
    // The route API gets neither the directory's bind password nor the client key.
    routeApi: "caFile" in directory ? { directory: { caFile: directory.caFile } } : {},
    sync: { directory },
  };
  const named = (owner: Part): Set<string> =>
    new Set(fileReferences(sections[owner]).map(({ file }) => file));
  const everyone = PARTS.map(named);
  return Object.entries(secrets)
    .filter(([, secret]) => {
      const files = filesOf(secret).map(([, file]) => file);
      const isNamed = (by: Set<string>): boolean => files.some((file) => by.has(file));
      // A file that no setting names is named by one of the edge's files, as a vdmap names a certmap.conf.
      return isNamed(named(part)) || (part === "edge" && !everyone.some(isNamed));
    })
    .map(([name]) => name);
}

/** The value of MMP_SECRETS for a part. */
export function manifestOf(
  part: Part,
  config: DeploymentConfig,
  document: Record<string, string>,
  arnOf: ArnOf,
): SecretManifestInput {
  const { secrets } = config;
  return [
    {
      secret: arnOf(documentSecret(part)),
      files: Object.fromEntries(Object.keys(document).map((file) => [file, file])),
    },
    ...secretsOf(part, config).map((name) => ({
      secret: arnOf(name),
      files: Object.fromEntries(filesOf(secrets[name] ?? { files: {} })),
    })),
    ...tokensOf(part, config, arnOf),
  ];
}

function tokensOf(part: Part, config: DeploymentConfig, arnOf: ArnOf): SecretManifestInput {
  if (part === "sync") return [];
  const secret = (name: string): string => arnOf(tokenSecret(name));
  if (part === "edge") return [{ secret: secret("edge"), files: { "": tokenFiles("edge").current } }];
  return tokenNames(config).flatMap((name) => [
    { secret: secret(name), files: { "": tokenFiles(name).current } },
    { secret: secret(name), stage: "AWSPENDING" as const, files: { "": tokenFiles(name).next } },
    { secret: secret(name), stage: "AWSPREVIOUS" as const, files: { "": tokenFiles(name).previous } },
  ]);
}
