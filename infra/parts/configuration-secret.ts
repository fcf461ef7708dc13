import { dirname, join } from "node:path";
import { stringify } from "yaml";
import type { ConfigurationSecretInput, SecretManifestInput } from "../../bin/secret-files/manifest.ts";
import { fileReferences } from "../config/file-references.ts";
import type { DeploymentConfig } from "../config/schema.ts";
import { filesOf } from "../config/secrets.ts";
import { edgeYaml, routeApiYaml, syncYaml, tokenFiles } from "./mmp-yaml.ts";
import { edgePart, type PartName } from "./part-names.ts";
import { withPinnedCas } from "./pinned-cas.ts";
import { operatorSecret, tokenNames, tokenSecret } from "./secret-names.ts";

/**
 * What each part runs on, as `MMP_SECRETS` names it: its mmp.yaml, the files beside it that are not secret, and the
 * secrets that are its other files. Each part gets only what it needs.
 */
export type ConfigurationSecrets = Readonly<Record<PartName, ConfigurationSecretInput>>;

/** The configuration of each part; `listedFiles` are the texts of `files`. */
export function configurationSecrets(
  config: DeploymentConfig,
  listedFiles: ReadonlyMap<string, string>,
): ConfigurationSecrets {
  const publicFiles = withPinnedCas(config, listedFiles);
  const parts = partsOf(config).map((part) => ({
    ...part,
    needed: neededFiles(part.yaml, config, publicFiles),
  }));
  // A file that nothing names is for edges: one of their secret files may name it.
  const named = new Set(parts.flatMap(({ needed }) => [...needed]));
  return Object.fromEntries(
    parts.map(({ name, yaml, instance, tokens, needed }) => {
      const isNeeded = (file: string): boolean =>
        needed.has(file) || (instance !== undefined && !named.has(file));
      const secrets = Object.entries(config.secrets).filter(
        ([, secret]) =>
          filesOf(secret).some(([, file]) => needed.has(file)) ||
          (instance !== undefined && secret.instances.includes(instance)),
      );
      const configuration: ConfigurationSecretInput = {
        files: {
          "mmp.yaml": stringify(yaml, { aliasDuplicateObjects: false }),
          ...Object.fromEntries([...publicFiles].filter(([file]) => isNeeded(file))),
        },
        secrets: [
          ...secrets.map(([secret, content]) => ({
            secret: operatorSecret(config, secret),
            files: Object.fromEntries(filesOf(content)),
          })),
          ...tokens,
        ],
      };
      return [name, configuration];
    }),
  ) as ConfigurationSecrets;
}

/** The customer-managed keys of the secrets that a part reads. */
export function keysOf(config: DeploymentConfig, { secrets }: ConfigurationSecretInput): string[] {
  const listed = new Set(secrets.map(({ secret }) => secret));
  const keys = Object.entries(config.secrets).flatMap(([name, { kmsKey }]) =>
    kmsKey !== undefined && listed.has(operatorSecret(config, name)) ? [kmsKey] : [],
  );
  return [...new Set(keys)];
}

interface Part {
  name: PartName;
  yaml: object;
  /** The instance that an edge runs. */
  instance?: string;
  tokens: SecretManifestInput;
}

const partsOf = (config: DeploymentConfig): Part[] => [
  ...Object.keys(config.instances).map((instance) => ({
    name: edgePart(instance),
    yaml: edgeYaml(config, instance),
    instance,
    tokens: [tokenEntry(config, "edge", "current")],
  })),
  {
    name: "route-api",
    yaml: routeApiYaml(config),
    tokens: tokenNames(config).flatMap((name) => [
      tokenEntry(config, name, "current"),
      tokenEntry(config, name, "next"),
      tokenEntry(config, name, "previous"),
    ]),
  },
  { name: "sync", yaml: syncYaml(config), tokens: [] },
];

/** The files that a part's mmp.yaml names, and those that these name in turn, as a vdmap names a certmap.conf. */
function neededFiles(
  yaml: object,
  { secrets }: DeploymentConfig,
  publicFiles: ReadonlyMap<string, string>,
): Set<string> {
  const known = [
    ...publicFiles.keys(),
    ...Object.values(secrets).flatMap((secret) => filesOf(secret).map(([, file]) => file)),
  ];
  const needed = new Set(fileReferences(yaml).map(({ file }) => file));
  for (const file of needed) {
    const words = (publicFiles.get(file) ?? "").split(/\s+/).map((word) => join(dirname(file), word));
    for (const other of known) if (words.includes(other)) needed.add(other);
  }
  return needed;
}

const STAGES = { current: "AWSCURRENT", next: "AWSPENDING", previous: "AWSPREVIOUS" } as const;

const tokenEntry = (
  config: DeploymentConfig,
  token: string,
  version: keyof typeof STAGES,
): SecretManifestInput[number] => ({
  secret: tokenSecret(config, token),
  stage: STAGES[version],
  files: { "": tokenFiles(token)[version] },
});
