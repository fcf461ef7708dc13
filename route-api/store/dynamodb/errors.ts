import { StoreError, type StoreErrorCode } from "../store.ts";

/** Exceptions of DynamoDB and of its SDK, by what they mean here. */
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
  // What the service did not answer with comes from the way there: names of such errors differ between runtimes.
  const code = CODES[name] ?? ($fault === "client" ? "broken" : "unreachable");
  return new StoreError(code, `DynamoDB table ${table}: ${name || "error"}: ${message}`, { cause: error });
}

/** Whether the same request may go well a moment later. */
export function isTransient({ code, cause }: StoreError): boolean {
  if (code === "throttled" || code === "unreachable") return true;
  // The SDK has learnt the service's time from its refusal.
  return (cause as SdkError | undefined)?.$metadata?.clockSkewCorrected === true;
}
