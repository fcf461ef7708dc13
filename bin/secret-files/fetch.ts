import type { SecretManifest } from "./manifest.ts";
import type { ReadSecretValue } from "./secrets-manager.ts";

/** Fetches what the manifest names: the text of each file. Rejects with the secret's name, never its value. */
export async function fetchFiles(
  manifest: SecretManifest,
  read: ReadSecretValue,
): Promise<Map<string, string>> {
  const fetched = await Promise.all(
    manifest.map(async ({ secret, stage, files }) => {
      const text = await textOf(secret, stage, read);
      return Object.entries(files).map(([key, file]): [string, string] => [
        file,
        key === "" ? text : member(secret, text, key),
      ]);
    }),
  );
  return new Map(fetched.flat());
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

function member(secret: string, text: string, key: string): string {
  let value: unknown;
  try {
    value = (JSON.parse(text) as Record<string, unknown> | null)?.[key];
  } catch {
    throw new Error(`secret ${secret} is not a JSON object`);
  }
  if (typeof value !== "string") throw new Error(`secret ${secret} has no string called ${key}`);
  return value;
}
