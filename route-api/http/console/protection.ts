import { createHmac, timingSafeEqual } from "node:crypto";
import { createMiddleware } from "hono/factory";
import { isLoopback } from "../../contract/loopback.ts";
import type { ConsoleContext, ConsoleEnv } from "./environment.ts";

/** Only what this server sends itself is loaded, run, shown or submitted to; nothing is inline. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Headers of every page. */
export const protectPages = createMiddleware<ConsoleEnv>(async (c, next) => {
  await next();
  c.header("Content-Security-Policy", POLICY);
  // With no-referrer, browsers would not say where a form comes from.
  c.header("Referrer-Policy", "same-origin");
  c.header("Cross-Origin-Opener-Policy", "same-origin");
  c.header("Cross-Origin-Resource-Policy", "same-origin");
  c.header("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
});

/** How a request came: over TLS, without leaving this machine, or readable by others. */
export type Way = "tls" | "loopback" | "clear";

/** A proxy on this machine says how it was asked itself; nobody else is believed. */
export function wayOf(c: ConsoleContext): Way {
  if (c.env?.isTls === true) return "tls";
  const peer = c.env?.peer?.();
  if (peer === undefined || !isLoopback(peer)) return "clear";
  const forwarded = c.req.header("X-Forwarded-Proto");
  if (forwarded === undefined) return "loopback";
  return forwarded === "https" ? "tls" : "clear";
}

/**
 * Whether a form was sent from a page of this origin. Browsers say so by Sec-Fetch-Site, or at least by Origin; what says
 * neither is no browser, and has no cookie that another site could use.
 */
export function isSameOrigin(c: ConsoleContext): boolean {
  const site = c.req.header("Sec-Fetch-Site");
  const origin = c.req.header("Origin");
  if (site !== undefined && site !== "same-origin") return false;
  return origin === undefined || hostOf(origin) === c.req.header("Host");
}

const hostOf = (origin: string): string | undefined =>
  URL.canParse(origin) ? new URL(origin).host : undefined;

/** What every form of a session has in it: no other site can know it. `secret` is the session's cookie. */
export const formTokenOf = (secret: string): string =>
  createHmac("sha256", secret).update("mmp console form").digest("base64url");

/** Whether a form has the token of its session. */
export function isFormToken(given: unknown, expected: string): boolean {
  if (typeof given !== "string" || given.length !== expected.length) return false;
  return timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
