import { dirname } from "node:path";
import type { Logger } from "pino";
import { EXIT, Failure } from "../failure.ts";
import { fetchFiles } from "./fetch.ts";
import { SecretManifest } from "./manifest.ts";
import type { ReadSecretValue } from "./secrets-manager.ts";
import { writeFiles } from "./write.ts";

/** Files that are kept like their secrets in AWS Secrets Manager. */
export interface SecretFiles {
  /** Looks for changes from now on; calls back when it has written some. */
  follow(log: Logger, onChange: () => void): void;
  /** Looks once. Resolves to whether something changed; rejects if a secret cannot be read. */
  refresh(): Promise<boolean>;
}

/** Time between two looks, in seconds. */
export const REFRESH_SECONDS = Number(process.env.MMP_SECRETS_SECONDS ?? 120);
/** Share of it by which the time varies, so that a fleet does not look all at once. */
const JITTER = 0.2;

/**
 * Writes the secrets that MMP_SECRETS lists into files beside the configuration file. Undefined if it is not set. In a
 * container they belong below /dev/shm: that is memory, and writable even if the root file system is not.
 */
export async function bringSecretFiles(
  config: string,
  read?: ReadSecretValue,
): Promise<SecretFiles | undefined> {
  const { MMP_SECRETS: text } = process.env;
  if (text === undefined || text === "") return undefined;
  const manifest = parseManifest(text);
  const files = secretFiles(dirname(config), manifest, REFRESH_SECONDS, read ?? (await fromAws()));
  try {
    await files.refresh();
  } catch (error) {
    throw new Failure((error as Error).message, EXIT.failure);
  }
  return files;
}

/** AWS's library is loaded only where it is used: the start takes longer by it. */
const fromAws = async (): Promise<ReadSecretValue> => (await import("./secrets-manager.ts")).secretsManager();

function parseManifest(text: string): SecretManifest {
  try {
    return SecretManifest.parse(JSON.parse(text));
  } catch (error) {
    throw new Failure(`MMP_SECRETS is not a valid list of secrets: ${(error as Error).message}`, EXIT.usage);
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
            log.info({ files: changed }, "secrets changed");
            onChange();
          }
        } catch (error) {
          log.error(
            { error: (error as Error).message },
            "secrets cannot be read; the old ones stay in force",
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
