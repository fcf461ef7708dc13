import { randomBytes } from "node:crypto";
import { Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import { createRate } from "../limits.ts";
import type { Caller } from "../request-context.ts";
import { type AskApi, consoleApi } from "./api.ts";
import { CLAIMS_HEADER, type ReadClaims } from "./balancer.ts";
import type { ConsoleContext, ConsoleEnv } from "./environment.ts";
import { comeBackPage, inClearPage, noRolePage, signInPage } from "./pages/sign-in.ts";
import { CONSOLE_PATH, SIGN_IN_PATH } from "./paths.ts";
import { formTokenOf, isFormToken, isSameOrigin, wayOf } from "./protection.ts";
import type { SessionCookies } from "./session-cookie.ts";

export interface SignInParts {
  cookies: SessionCookies;
  sessionSeconds: number;
  signInsPerMinute: number;
}

/** Over TLS the browser itself sees to it that no other host or way sets the cookie; browsers differ on loopback addresses. */
const COOKIE = { tls: "__Host-mmp-console", loopback: "mmp-console", clear: "mmp-console" } as const;

const cookieOptions = (c: ConsoleContext) =>
  ({ path: "/", httpOnly: true, sameSite: "Strict", secure: wayOf(c) === "tls" }) as const;

/** Random part of the cookie that forms hang on. */
const FORM_SECRET_BYTES = 32;

const WRONG = "This token is not valid here, or has neither of the scopes support and admin.";

/** `GET` and `POST /console/sign-in`, `POST /console/sign-out`. */
export function signInRoutes({ cookies, sessionSeconds, signInsPerMinute }: SignInParts) {
  const allows = createRate(signInsPerMinute / 60, signInsPerMinute);
  return new Hono<ConsoleEnv>()
    .get("/sign-in", (c) => c.html(signInPage({ to: placeOf(c.req.query("to")) })))
    .post("/sign-in", async (c) => {
      // Before the body: a client that has gone by then would count for nobody.
      const peer = c.env?.peer?.() ?? "";
      const form = await c.req.parseBody();
      const to = placeOf(form.to);
      if (!isSameOrigin(c)) return c.html(signInPage({ to, fault: "Please sign in on this page." }), 403);
      if (!allows(peer)) {
        c.header("Retry-After", "60");
        return c.html(signInPage({ to, fault: "Too many attempts. Wait a minute and try again." }), 429);
      }
      const token = typeof form.token === "string" ? form.token.trim() : "";
      const cookie = token === "" ? undefined : await cookies.signIn(token);
      if (cookie === undefined) return c.html(signInPage({ to, fault: WRONG }), 401);
      setCookie(c, COOKIE[wayOf(c)], cookie, { ...cookieOptions(c), maxAge: sessionSeconds });
      return c.redirect(to, 303);
    })
    .post("/sign-out", async (c) => {
      if (!isSameOrigin(c)) return c.redirect(CONSOLE_PATH, 303);
      deleteCookie(c, COOKIE[wayOf(c)], cookieOptions(c));
      return c.redirect(SIGN_IN_PATH, 303);
    });
}

/** Nothing is served where others can read it on the way: neither names of users nor the token. */
export const requireConfidential = createMiddleware<ConsoleEnv>(async (c, next) => {
  if (wayOf(c) === "clear") return c.html(inClearPage(), 403);
  return next();
});

/** Who is signed in, and a text that only their browser and this server know. */
interface SignedIn {
  caller: Caller;
  secret: string;
  signsOut: boolean;
}

export interface RequireSignInParts {
  cookies: Pick<SessionCookies, "read">;
  /** Reads the claims of the load balancer in front; absent where none is configured. */
  balancer: ReadClaims | undefined;
  ask: AskApi;
}

/** Admits only those who are signed in, and only forms of their own pages; sets the caller and the API on their behalf. */
export const requireSignIn = ({ cookies, balancer, ask }: RequireSignInParts) =>
  createMiddleware<ConsoleEnv>(async (c, next) => {
    const signedIn = (await byBalancer(c, balancer)) ?? (await byCookie(c, cookies));
    if (signedIn === undefined) return askToSignIn(c);
    const { caller, secret, signsOut } = signedIn;
    if (caller.scopes.length === 0) return c.html(noRolePage(caller.name), 403);
    const formToken = formTokenOf(secret);
    if (
      c.req.method === "POST" &&
      !(isSameOrigin(c) && isFormToken((await c.req.parseBody()).form, formToken))
    )
      return askToSignIn(c);
    c.set("caller", caller);
    c.set("formToken", formToken);
    c.set("signsOut", signsOut);
    c.set("api", consoleApi(ask, caller, c.var.requestId));
    return next();
  });

async function byCookie(
  c: ConsoleContext,
  cookies: Pick<SessionCookies, "read">,
): Promise<SignedIn | undefined> {
  const secret = getCookie(c, COOKIE[wayOf(c)]);
  const caller = secret === undefined ? undefined : await cookies.read(secret);
  return secret === undefined || caller === undefined ? undefined : { caller, secret, signsOut: true };
}

/** The balancer's header is no secret of the browser's: forms hang on a cookie of their own. */
async function byBalancer(
  c: ConsoleContext,
  balancer: ReadClaims | undefined,
): Promise<SignedIn | undefined> {
  const header = c.req.header(CLAIMS_HEADER);
  const caller = header === undefined ? undefined : await balancer?.(header);
  if (caller === undefined) return undefined;
  const name = `${COOKIE[wayOf(c)]}-form`;
  const known = getCookie(c, name);
  const secret = known ?? randomBytes(FORM_SECRET_BYTES).toString("base64url");
  if (known === undefined) setCookie(c, name, secret, cookieOptions(c));
  return { caller, secret, signsOut: false };
}

function askToSignIn(c: ConsoleContext): Response | Promise<Response> {
  const { pathname, search } = new URL(c.req.url);
  const here = c.req.method === "GET" ? pathname + search : CONSOLE_PATH;
  // The cookie does not come along with a link on another site, such as a ticket; it does when this page asks again.
  if (c.req.method === "GET" && c.req.header("Sec-Fetch-Site") === "cross-site")
    return c.html(comeBackPage(here));
  return c.redirect(`${SIGN_IN_PATH}?to=${encodeURIComponent(here)}`, 303);
}

/** A place in the console to go to after signing in; never one elsewhere. */
function placeOf(to: unknown): string {
  return typeof to === "string" && /^\/console(?:[/?][\x21-\x5b\x5d-\x7e]*)?$/.test(to) ? to : CONSOLE_PATH;
}
