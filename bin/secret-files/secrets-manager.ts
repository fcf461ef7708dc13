import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";

/** Reads the value of a secret's version; undefined if no version has the stage. */
export type ReadSecretValue = (secret: string, stage: string) => Promise<string | undefined>;

/** Attempts at each request; a start or the next look waits for them. */
const ATTEMPTS = 5;
const CONNECT_TIMEOUT_MS = 3000;
const REQUEST_TIMEOUT_MS = 10_000;

/** Reads from AWS Secrets Manager, with the identity that the environment provides. */
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
