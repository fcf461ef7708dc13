import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { RouteStoreConfig } from "../../config/route-store.ts";

export type DynamoDbConfig = Extract<RouteStoreConfig, { dynamodb: unknown }>["dynamodb"];

const CONNECT_TIMEOUT_MS = 1000;
const REQUEST_TIMEOUT_MS = 3000;
/** Connections to DynamoDB, kept open: more than a put uses, so that look-ups beside it find one. */
const SOCKETS = 256;

/** The SDK's client, which sends each request once: `retry.ts` sends it again. */
export const createClient = ({ region, endpoint }: DynamoDbConfig): DynamoDBClient =>
  new DynamoDBClient({
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: SOCKETS },
    },
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : localDouble(endpoint, region)),
  });

/** A double of DynamoDB wants a region and a signature, whatever they are. */
const localDouble = (endpoint: string, region: string | undefined) => ({
  endpoint,
  region: region ?? process.env.AWS_REGION ?? "local",
  ...(process.env.AWS_ACCESS_KEY_ID === undefined
    ? { credentials: { accessKeyId: "local", secretAccessKey: "local" } }
    : {}),
});
