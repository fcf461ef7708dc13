import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { RouteStoreConfig } from "../../config/route-store.ts";

export type DynamoDbConfig = Extract<RouteStoreConfig, { dynamodb: unknown }>["dynamodb"];

const CONNECT_TIMEOUT_MS = 1000;
const REQUEST_TIMEOUT_MS = 3000;
/** Keep-alive connections to DynamoDB: more than a put uses, so that look-ups get one at the same time. */
const SOCKETS = 256;

/** The SDK's client without its retries; `retry.ts` has ours. */
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

/** A local double requires some region and credentials; which does not matter. */
const localDouble = (endpoint: string, region: string | undefined) => ({
  endpoint,
  region: region ?? process.env.AWS_REGION ?? "local",
  ...(process.env.AWS_ACCESS_KEY_ID === undefined
    ? { credentials: { accessKeyId: "local", secretAccessKey: "local" } }
    : {}),
});
