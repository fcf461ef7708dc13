import { type Claim, Claims } from "../../route-api/contract/claims.ts";
import { Holds } from "../../route-api/contract/holds.ts";
import { PreAuthenticationResult } from "../../route-api/contract/pre-authentications.ts";
import { Route } from "../../route-api/contract/routes.ts";
import { asBuffer } from "../protocol/octets.ts";
import type { HttpResponse } from "./http-response.ts";

export type { Route, StoreOverride } from "../../route-api/contract/routes.ts";

/** The route API's answer to a look-up. `detail` is for the operator. */
export type RouteAnswer =
  | { is: "route"; route: Route }
  | { is: "unknown" }
  | { is: "ambiguous"; detail?: string }
  | Unavailable;

/** There is no usable answer. */
export interface Unavailable {
  is: "unavailable";
  detail: string;
}

/** What an HTTP response means. `judged`: the API works, whatever it says of this request; else the API itself is at fault. */
export interface ReadAnswer<A> {
  answer: A | Unavailable;
  judged: boolean;
}

/** Reads the response to a request. */
export type ReadResponse<A> = (response: HttpResponse) => ReadAnswer<A>;

/** Longest detail that is copied to the log, in characters. */
const DETAIL_CHARACTERS = 500;

/** Statuses that concern this request only: the API itself works. */
const ABOUT_THE_REQUEST: ReadonlySet<number> = new Set([400, 413, 414, 431, 500]);

const UNKNOWN: RouteAnswer = { is: "unknown" };

/** Reads the answer to `GET /v1/routes/{login}` and `POST /v1/route-searches`. */
export function readRouteAnswer({ status, body }: HttpResponse): ReadAnswer<RouteAnswer> {
  if (status === 404 || status === 409) {
    // Only the API's own problem counts: a 404 from a server in between must not make users unknown.
    const { code, detail } = (parseJson(body) ?? {}) as { code?: unknown; detail?: unknown };
    if (status === 404 && code === "unknown-user") return { answer: UNKNOWN, judged: true };
    if (status === 409 && code === "ambiguous-user") return { answer: ambiguous(detail), judged: true };
  }
  // The API works, but what it does not find may only not have been read yet.
  if (status === 503 && codeOf(body) === "not-loaded") {
    return unavailable("the route API has not read the directory yet", true);
  }
  if (status !== 200) {
    return unavailable(`the route API answered with status ${status}`, ABOUT_THE_REQUEST.has(status));
  }
  const route = Route.safeParse(parseJson(body));
  if (!route.success) return unavailable("the route API sent a route that breaks the contract", true);
  return { answer: { is: "route", route: route.data }, judged: true };
}

/** The directory's verdict on a password. */
export type PreAuthAnswer = { is: "right" } | { is: "wrong" } | Unavailable;

const RIGHT: PreAuthAnswer = { is: "right" };
const WRONG: PreAuthAnswer = { is: "wrong" };

/** Reads the answer to `POST /v1/pre-authentications`. */
export function readPreAuthAnswer({ status, body }: HttpResponse): ReadAnswer<PreAuthAnswer> {
  const parsed = parseJson(body);
  if (status === 200) {
    const result = PreAuthenticationResult.safeParse(parsed);
    if (!result.success) return unavailable("the route API sent an answer that breaks the contract", true);
    return { answer: result.data.authenticated ? RIGHT : WRONG, judged: true };
  }
  // The API works, and reports that the directory does not.
  if (status === 503 && (parsed as { code?: unknown } | undefined)?.code === "directory-unavailable") {
    return unavailable("the directory is unavailable", true);
  }
  return unavailable(`the route API answered with status ${status}`, ABOUT_THE_REQUEST.has(status));
}

/** Who claims a name. */
export type ClaimsAnswer =
  | { is: "claims"; entries: readonly Claim[] }
  /** Too many entries to list. */
  | { is: "too-many" }
  | Unavailable;

/** Reads the response to `POST /v1/claims`. */
export function readClaimsAnswer({ status, body }: HttpResponse): ReadAnswer<ClaimsAnswer> {
  if (status !== 200) {
    return unavailable(`the route API answered with status ${status}`, ABOUT_THE_REQUEST.has(status));
  }
  const claims = Claims.safeParse(parseJson(body));
  if (!claims.success) return unavailable("the route API sent claims that break the contract", true);
  const { entries, complete } = claims.data;
  return { answer: complete ? { is: "claims", entries } : { is: "too-many" }, judged: true };
}

/** What is on hold. */
export type HoldsAnswer = { is: "holds"; holds: Holds } | Unavailable;

/** An API of an earlier version knows of no holds. */
const NO_HOLDS: Holds = { accounts: [], stores: [] };

/** Reads the response to `GET /v1/holds`. */
export function readHoldsAnswer({ status, body }: HttpResponse): ReadAnswer<HoldsAnswer> {
  if (status === 404) return { answer: { is: "holds", holds: NO_HOLDS }, judged: true };
  if (status !== 200) {
    return unavailable(`the route API answered with status ${status}`, ABOUT_THE_REQUEST.has(status));
  }
  const holds = Holds.safeParse(parseJson(body));
  if (!holds.success) return unavailable("the route API sent holds that break the contract", true);
  return { answer: { is: "holds", holds: holds.data }, judged: true };
}

/** Of a problem. */
const codeOf = (body: Uint8Array): unknown => (parseJson(body) as { code?: unknown } | undefined)?.code;

const unavailable = (detail: string, judged: boolean): { answer: Unavailable; judged: boolean } => ({
  answer: { is: "unavailable", detail },
  judged,
});

const ambiguous = (detail: unknown): RouteAnswer =>
  typeof detail === "string"
    ? { is: "ambiguous", detail: detail.slice(0, DETAIL_CHARACTERS) }
    : { is: "ambiguous" };

/** The JSON value of a body in UTF-8; undefined where it is not JSON. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(asBuffer(body).toString("utf8"));
  } catch {
    return undefined;
  }
}
