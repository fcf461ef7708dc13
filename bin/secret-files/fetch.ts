import { ConfigurationSecret, type SecretManifest } from "./manifest.ts";
import type { ReadSecretValue } from "./secrets-manager.ts";

/** The files of one secret: text by file. */
export interface FetchedSecret {
  secret: string;
  files: ReadonlyMap<string, string>;
}

/** What could be fetched, and a line for each secret that could not: its name and the reason, never its value. */
export interface Fetched {
  secrets: FetchedSecret[];
  failures: string[];
}

/** Fetches a configuration: the secrets that the secret of this name lists, and then its own files, which name theirs. */
export async function fetchConfiguration(secret: string, read: ReadSecretValue): Promise<Fetched> {
  try {
    const { files, secrets } = ConfigurationSecret.parse(
      jsonOf(secret, await textOf(secret, "AWSCURRENT", read)),
    );
    const listed = await fetchSecrets(secrets, read);
    return { ...listed, secrets: [...listed.secrets, { secret, files: new Map(Object.entries(files)) }] };
  } catch (error) {
    return { secrets: [], failures: [(error as Error).message] };
  }
}

/** Fetches the secrets of a manifest; one that cannot be read does not keep the others back. */
export async function fetchSecrets(manifest: SecretManifest, read: ReadSecretValue): Promise<Fetched> {
  const outcomes = await Promise.allSettled(
    manifest.map(async ({ secret, stage, files }): Promise<FetchedSecret> => {
      const text = await textOf(secret, stage, read);
      const texts = Object.entries(files).map(([key, file]): [string, string] => [
        file,
        key === "" ? text : member(secret, text, key),
      ]);
      return { secret, files: new Map(texts) };
    }),
  );
  return {
    secrets: outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : [])),
    failures: outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [(outcome.reason as Error).message] : [],
    ),
  };
}

async function textOf(secret: string, stage: string, read: ReadSecretValue): Promise<string> {
  try {
    const value =
      (await read(secret, stage)) ?? (stage === "AWSCURRENT" ? undefined : await read(secret, "AWSCURRENT"));
    if (value !== undefined) return value;
  } catch (error) {
    throw new Error(`secret ${secret} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  throw new Error(`secret ${secret} has no value yet`);
}

function jsonOf(secret: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`secret ${secret} is not JSON`);
  }
}

function member(secret: string, text: string, key: string): string {
  const value = (jsonOf(secret, text) as Record<string, unknown> | null)?.[key];
  if (typeof value !== "string") throw new Error(`secret ${secret} has no text called ${key}`);
  return value;
}
