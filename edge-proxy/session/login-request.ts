import type { FailedLogin, SessionRecord } from "../observe/session-record.ts";
import type { ClientIntroduction, Credentials, LoginFailure } from "../protocol/dialogue.ts";
import type { ClientCertificate } from "../transport/transport.ts";
import type { LoginNames } from "./login-names.ts";

/** What a client says and shows when it logs in. */
export interface LoginRequest {
  credentials: Credentials;
  introduction: ClientIntroduction | undefined;
  /** Its own, proved under TLS; believed only where it has no `fault`. */
  certificate: ClientCertificate | undefined;
}

/** Why a login is refused: for the client, and for the operator. */
export interface LoginRefusal {
  failure: LoginFailure;
  note: FailedLogin;
}

export const refusal = (failure: LoginFailure, note: FailedLogin): LoginRefusal => ({ failure, note });

/** Multiplexors that the login may still pass through behind this one; `hops` is the limit for one that came directly. */
export const hopsLeft = ({ introduction }: LoginRequest, hops: number): number =>
  Math.min(hops, introduction?.hops ?? hops) - 1;

/** NUL, CR and LF end a message in one protocol or another. */
const MESSAGE_ENDS = /[\0\r\n]/;

/** What is wrong with a login by itself, whatever its route is; undefined where nothing is. */
export function requestFault(
  request: LoginRequest,
  names: LoginNames,
  hops: number,
): LoginRefusal | undefined {
  const { credentials, certificate } = request;
  if (credentials.kind === "external") {
    if (certificate === undefined) return refusal("credentials", { code: "no-certificate" });
    const { fault } = certificate;
    if (fault !== undefined) return refusal("credentials", { code: `certificate-${fault}` });
  }
  if (hopsLeft(request, hops) <= 0) return refusal("unavailable", { code: "proxy-loop" });
  if (credentials.kind === "external") return undefined;
  // No password may carry them to a store.
  if (credentials.kind === "password" && MESSAGE_ENDS.test(credentials.password.reveal())) {
    return refusal("credentials", { code: "bad-password-octets" });
  }
  if (names.is === "other") {
    if (names.administrator === undefined) {
      return refusal("not-authorized", { code: "foreign-authorization-id" });
    }
    if (!names.wanted.ok) return refusal("credentials", { code: names.wanted.fault });
  }
  // RFC 4616 section 2 has it fail, and to some directories and stores it means that nobody logs in.
  if (credentials.kind === "password" && credentials.password.reveal() === "") {
    return refusal("credentials", { code: "empty-password" });
  }
  return undefined;
}

/** What the client tried to prove itself with; only ever compared with what it tried before. */
export function proofOf({ credentials }: LoginRequest, { certificate }: SessionRecord): string {
  switch (credentials.kind) {
    case "password":
      return credentials.password.reveal();
    case "exchange":
      return credentials.initial.reveal();
    case "external":
      return certificate ?? "";
    default:
      return credentials satisfies never;
  }
}
