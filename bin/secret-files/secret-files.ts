import { dirname } from "node:path";
import type { Logger } from "pino";
import { EXIT, Failure } from "../failure.ts";
import { fetchFiles } from "./fetch.ts";
import { SecretManifest } from "./manifest.ts";
import { type ReadSecretValue, secretsManager } from "./secrets-manager.ts";
import { writeFiles } from "./write.ts";

/** Files that come from AWS Secrets Manager, and stay as it has them. */
export interface SecretFiles {
  /** Looks for changes from now on; calls back after those that it has written. */
  follow(log: Logger, onChange: () => void): void;
  /** Looks once. Resolves with whether something changed; rejects where it cannot be said. */
  refresh(): Promise<boolean>;
}

/** Time between two looks, in seconds. */
export const REFRESH_SECONDS = Number(process.env.MMP_SECRETS_SECONDS ?? 120);
/** Share of it by which looks differ, so that a fleet does not look at once. */
const JITTER = 0.2;

/**
 * Where MMP_SECRETS says which secrets are which files: brings them beside the configuration file. Undefined where it
 * is not set. In a container the place for them is below /dev/shm: memory that is writable though the root is not.
 */
export async function bringSecretFiles(
  config: string,
  read?: ReadSecretValue,
): Promise<SecretFiles | undefined> {
  const { MMP_SECRETS: text } = process.env;
  if (text === undefined || text === "") return undefined;
  const files = secretFiles(dirname(config), parseManifest(text), REFRESH_SECONDS, read ?? secretsManager());
  try {
    await files.refresh();
  } catch (error) {
    throw new Failure((error as Error).message, EXIT.failure);
  }
  return files;
}

function parseManifest(text: string): SecretManifest {
  try {
    return SecretManifest.parse(JSON.parse(text));
  } catch (error) {
    throw new Failure(`MMP_SECRETS is no list of secrets: ${(error as Error).message}`, EXIT.usage);
  }
}

function secretFiles(
  folder: string,
  manifest: SecretManifest,
  seconds: number,
  read: ReadSecretValue,
): SecretFiles {
  const refresh = async (): Promise<string[]> => writeFiles(folder, await fetchFiles(manifest, read));
  return {
    refresh: async () => (await refresh()).length > 0,
    follow(log, onChange) {
      const look = async (): Promise<void> => {
        try {
          const changed = await refresh();
          if (changed.length > 0) {
            log.info({ files: changed }, "secrets have changed");
            onChange();
          }
        } catch (error) {
          log.error(
            { error: (error as Error).message },
            "secrets cannot be read: the old ones stay in force",
          );
        }
        again();
      };
      const again = (): void => {
        const jitter = 1 + JITTER * (Math.random() - 0.5);
        setTimeout(look, seconds * 1000 * jitter).unref();
      };
      again();
    },
  };
}
