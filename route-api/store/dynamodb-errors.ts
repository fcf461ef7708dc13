import { StoreError, type StoreErrorCode } from "./store.ts";

/** Exceptions of DynamoDB and of its SDK, by what they mean here. */
const CODES: Record<string, StoreErrorCode | undefined> = {
  ResourceNotFoundException: "no-table",
  ProvisionedThroughputExceededException: "throttled",
  RequestLimitExceeded: "throttled",
  ThrottlingException: "throttled",
  TimeoutError: "unreachable",
  CredentialsProviderError: "unreachable",
};

/** The typed error of a failed request to a table. */
export function storeErrorOf(error: unknown, table: string): StoreError {
  if (error instanceof StoreError) return error;
  const { name = "", message = String(error) } = error as Partial<Error>;
  const code = CODES[name] ?? ("$metadata" in Object(error) && name !== "Error" ? "broken" : "unreachable");
  return new StoreError(code, `DynamoDB table ${table}: ${name || "error"}: ${message}`, { cause: error });
}
