import { parse } from "yaml";
import type { Fault } from "../../bin/config/mistakes.ts";
import { Configuration } from "../../bin/config/schema.ts";
import { SECRET_BYTES } from "../config/quotas.ts";
import type { DeploymentConfig } from "../config/schema.ts";
import type { ConfigurationSecrets } from "./configuration-secret.ts";
import { operatorSecret } from "./secret-names.ts";

/** Checks what the parts will run on: that mmp accepts it, that a secret can hold it, and that every secret is used. */
export const checkParts = (config: DeploymentConfig, parts: ConfigurationSecrets): Fault[] => [
  ...Object.entries(parts).flatMap(([name, part]) => {
    const bytes = Buffer.byteLength(JSON.stringify(part));
    if (bytes > SECRET_BYTES) {
      const text = `with these files the configuration of ${name} is ${bytes} bytes; a secret holds ${SECRET_BYTES}`;
      return [{ path: ["files"], text }];
    }
    const parsed = Configuration.safeParse(parse(part.files["mmp.yaml"] ?? ""));
    return (parsed.error?.issues ?? []).map(({ path, message }) => ({ path, text: message }));
  }),
  ...unusedSecrets(config, parts),
];

function unusedSecrets(config: DeploymentConfig, parts: ConfigurationSecrets): Fault[] {
  const used = new Set(Object.values(parts).flatMap(({ secrets }) => secrets.map(({ secret }) => secret)));
  return Object.keys(config.secrets)
    .filter((name) => !used.has(operatorSecret(config, name)))
    .map((name) => ({
      path: ["secrets", name],
      text: "no setting names a file of it; if a secret file does, list the instances that need it in `instances`",
    }));
}
