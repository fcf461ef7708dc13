import { StoreError, type StoreErrorCode } from "../store.ts";

/** Exceptions of DynamoDB and its SDK, and what they mean here. */
const CODES: Record<string, StoreErrorCode | undefined> = {
  ResourceNotFoundException: "no-table",
  ProvisionedThroughputExceededException: "throttled",
  RequestLimitExceeded: "throttled",
  ThrottlingException: "throttled",
  ThrottledException: "throttled",
  TimeoutError: "unreachable",
  InternalServerError: "unreachable",
  ServiceUnavailable: "unreachable",
  CredentialsProviderError: "unreachable",
};

interface SdkError extends Error {
  $fault?: "client" | "server";
  $metadata?: { clockSkewCorrected?: boolean };
}

/** The typed error of a failed request to a table. */
export function storeErrorOf(error: unknown, table: string): StoreError {
  if (error instanceof StoreError) return error;
  const { name = "", message = String(error), $fault } = error as Partial<SdkError>;
  // Any error without a response is a network error; their names differ between runtimes.
  const code = CODES[name] ?? ($fault === "client" ? "broken" : "unreachable");
  return new StoreError(code, `DynamoDB table ${table}: ${name || "error"}: ${message}`, { cause: error });
}

/** Whether the same request may succeed a moment later. */
export function isTransient({ code, cause }: StoreError): boolean {
  if (code === "throttled" || code === "unreachable") return true;
  // The SDK corrected its clock by the rejected request.
  return (cause as SdkError | undefined)?.$metadata?.clockSkewCorrected === true;
}
