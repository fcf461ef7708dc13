import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Checked, checkedYaml, readText } from "../bin/config/checked-yaml.ts";
import type { Fault } from "../bin/config/mistakes.ts";
import { checkDeployment } from "./config/checks.ts";
import { normal } from "./config/file-references.ts";
import { ImageConfig } from "./config/image.ts";
import { checkPublicFile } from "./config/public-files.ts";
import { DeploymentConfig } from "./config/schema.ts";
import { checkParts } from "./parts/check-parts.ts";
import { type ConfigurationSecrets, configurationSecrets } from "./parts/configuration-secret.ts";

/** A checked configuration, and what each part runs on. */
export interface Deployment {
  config: DeploymentConfig;
  parts: ConfigurationSecrets;
}

/** Reads the operator's file and checks all of it. */
export function readDeployment(
  file: string,
  { imageDigest }: { imageDigest?: string } = {},
): Checked<Deployment> {
  const text = readText(file);
  if (!text.ok) return text;
  return checkedYaml({ file, text: text.value, schema: DeploymentConfig }, (parsed) => {
    const config = imageDigest === undefined ? parsed : withDigest(parsed, imageDigest);
    const { files, faults } = readFiles(config.files, dirname(file));
    if (!ImageConfig.safeParse(config.image).success)
      faults.push({ path: ["image"], text: `-c image=${imageDigest}: is not the digest of an image` });
    const parts = configurationSecrets(config, files);
    const mistakes = [...faults, ...checkDeployment(config)];
    return {
      value: { config, parts },
      faults: mistakes.length > 0 ? mistakes : checkParts(config, parts),
    };
  });
}

/** A digest on the command line overrides the file's. */
function withDigest(config: DeploymentConfig, digest: string): DeploymentConfig {
  if ("uri" in config.image) return config;
  return { ...config, image: { repository: config.image.repository, digest } };
}

function readFiles(
  names: readonly string[],
  folder: string,
): { files: Map<string, string>; faults: Fault[] } {
  const files = new Map<string, string>();
  const faults: Fault[] = [];
  for (const [index, name] of names.entries()) {
    try {
      const text = readFileSync(join(folder, name), "utf8");
      files.set(normal(name), text);
      faults.push(...checkPublicFile(index, text));
    } catch (error) {
      faults.push({ path: ["files", index], text: `cannot be read: ${(error as Error).message}` });
    }
  }
  return { files, faults };
}
