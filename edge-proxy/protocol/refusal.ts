import type { LoginFailure, StoreCredentials, StoreFailure } from "./dialogue.ts";

/** What a store's refusal of a login means, for the client and for the operator. */
export interface Refusal {
  failure: LoginFailure;
  code: StoreFailure;
}

/** Response codes that are more than a wrong password. */
export type RefusalCodes = Readonly<Record<string, Refusal | undefined>>;

/** Judges a refusal by its response code, upper case, or "" where it has none. */
export function refusalOf(code: string, codes: RefusalCodes, credentials: StoreCredentials): Refusal {
  const refusal = codes[code] ?? { failure: "credentials", code: "refused" };
  // The client gave no password: that the store refuses its administrator is no fault of the client's.
  const asAdmin = credentials.kind === "password" && credentials.authorizationId !== undefined;
  return asAdmin && refusal.failure === "credentials" ? { ...refusal, failure: "unavailable" } : refusal;
}
