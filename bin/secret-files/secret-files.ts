import { dirname } from "node:path";
import type { Logger } from "pino";
import { loadConfiguration } from "../config/load.ts";
import { EXIT, Failure } from "../failure.ts";
import { type Fetched, fetchConfiguration, fetchSecrets } from "./fetch.ts";
import { SecretManifest } from "./manifest.ts";
import type { ReadSecretValue } from "./secrets-manager.ts";
import { writeFiles, writeSecrets } from "./write.ts";

/** Files that are kept like their secrets in AWS Secrets Manager. */
export interface SecretFiles {
  /** Looks for changes from now on; calls back when it has written some. */
  follow(log: Logger, onChange: () => void): void;
  /** Looks once, and logs the secrets that cannot be used. Resolves to whether something changed. */
  refresh(log: Logger): Promise<boolean>;
}

/** Time between two looks, in seconds. */
export const REFRESH_SECONDS = Number(process.env.MMP_SECRETS_SECONDS ?? 120);
/** Share of it by which the time varies, so that a fleet does not look all at once. */
const JITTER = 0.2;

/**
 * Writes the secrets of MMP_SECRETS into files beside the configuration file: those that it lists, or those of the
 * configuration in the secret that it names. Undefined if it is not set. In a container they belong below /dev/shm:
 * that is memory, and writable even if the root file system is not.
 */
export async function bringSecretFiles(
  config: string,
  read?: ReadSecretValue,
): Promise<SecretFiles | undefined> {
  const { MMP_SECRETS: text } = process.env;
  if (text === undefined || text === "") return undefined;
  const fetch = fetcher(text, read ?? (await fromAws()));
  const { secrets, failures } = await fetch();
  if (failures.length > 0) throw new Failure(failures.join("\n"), EXIT.failure);
  writeFiles(dirname(config), secrets);
  return secretFiles(config, fetch, REFRESH_SECONDS);
}

/** AWS's library is loaded only where it is used: the start takes longer by it. */
const fromAws = async (): Promise<ReadSecretValue> => (await import("./secrets-manager.ts")).secretsManager();

/** Fetches what the value of MMP_SECRETS lists or names. */
function fetcher(text: string, read: ReadSecretValue): () => Promise<Fetched> {
  if (!text.trimStart().startsWith("[")) return () => fetchConfiguration(text, read);
  const manifest = parseManifest(text);
  return () => fetchSecrets(manifest, read);
}

function parseManifest(text: string): SecretManifest {
  try {
    return SecretManifest.parse(JSON.parse(text));
  } catch (error) {
    throw new Failure(`MMP_SECRETS is not a valid list of secrets: ${(error as Error).message}`, EXIT.usage);
  }
}

function secretFiles(config: string, fetch: () => Promise<Fetched>, seconds: number): SecretFiles {
  // Without their lines: those change with any other edit.
  const mistakes = (): string[] => {
    const loaded = loadConfiguration(config);
    return loaded.ok ? [] : loaded.mistakes.map((mistake) => `${mistake.field}: ${mistake.text}`);
  };
  const refresh = async (log: Logger): Promise<string[]> => {
    const fetched = await fetch();
    const { changed, failures } = writeSecrets(dirname(config), fetched.secrets, mistakes);
    for (const error of [...fetched.failures, ...failures])
      log.error({ error }, "secret not refreshed; its old value stays in force");
    return changed;
  };
  return {
    refresh: async (log) => (await refresh(log)).length > 0,
    follow(log, onChange) {
      const look = async (): Promise<void> => {
        try {
          const changed = await refresh(log);
          if (changed.length > 0) {
            log.info({ files: changed }, "secrets changed");
            onChange();
          }
        } catch (error) {
          log.error({ error: (error as Error).message }, "secrets not refreshed; the old ones stay in force");
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
