import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";

/** Gives the value of a secret's version; undefined where no version has the stage. */
export type ReadSecretValue = (secret: string, stage: string) => Promise<string | undefined>;

/** Tries of each request: a start-up, or the next look, may wait that long. */
const ATTEMPTS = 5;
const CONNECT_TIMEOUT_MS = 3000;
const REQUEST_TIMEOUT_MS = 10_000;

/** Reads from AWS Secrets Manager, as whom the environment says. */
export function secretsManager(): ReadSecretValue {
  const client = new SecretsManagerClient({
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
  return async (SecretId, VersionStage) => {
    try {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId, VersionStage }));
      return SecretString;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  };
}
