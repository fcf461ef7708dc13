import { type LoginName, loginName, type NameFault } from "../identity/login-name.ts";
import type { Credentials } from "../protocol/dialogue.ts";
import type { LoginPolicy } from "./login-policy.ts";

export type ValidName = LoginName & { ok: true };

/** Who logs in, and whose mailbox is to be opened. */
export type LoginNames =
  | { is: "invalid"; fault: NameFault }
  /** The client leaves it to its certificate. */
  | { is: "certificate" }
  | { is: "own"; name: ValidName }
  /** By SASL's authorisation id (RFC 4422 section 2). `administrator`: as stores know it; undefined: it may not. */
  | { is: "other"; name: ValidName; wanted: LoginName; administrator: string | undefined };

/** Reads the names in credentials, as the policy splits and completes them. */
export function loginNames(
  credentials: Credentials,
  { names, administrators }: Pick<LoginPolicy, "names" | "administrators">,
): LoginNames {
  const { kind, user } = credentials;
  if (kind === "external" && user === "") return { is: "certificate" };
  const name = loginName(user, names);
  if (!name.ok) return { is: "invalid", fault: name.fault };
  if (kind === "external" || credentials.authorizationId === undefined) return { is: "own", name };
  const wanted = loginName(credentials.authorizationId, names);
  // Another spelling of its own name.
  if (wanted.ok && wanted.login === name.login) return { is: "own", name };
  const administrator = kind === "password" ? administrators.get(name.login) : undefined;
  return { is: "other", name, wanted, administrator };
}

/** The name that the client proves; undefined where it is not valid, or left to its certificate. */
export const provenName = (names: LoginNames): ValidName | undefined =>
  names.is === "own" || names.is === "other" ? names.name : undefined;

/** The name whose mailbox is to be opened. */
export function wantedName(names: LoginNames): ValidName | undefined {
  if (names.is === "own") return names.name;
  return names.is === "other" && names.wanted.ok ? names.wanted : undefined;
}
