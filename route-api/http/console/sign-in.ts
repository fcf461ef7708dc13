import { Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import { createRate } from "../limits.ts";
import { type AskApi, consoleApi } from "./api.ts";
import type { ConsoleContext, ConsoleEnv } from "./environment.ts";
import { comeBackPage, inClearPage, signInPage } from "./pages/sign-in.ts";
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

const WRONG = "This token is not valid here, or has neither of the scopes support and admin.";

/** `GET` and `POST /console/sign-in`, `POST /console/sign-out`. */
export function signInRoutes({ cookies, sessionSeconds, signInsPerMinute }: SignInParts) {
  const allows = createRate(signInsPerMinute / 60, signInsPerMinute);
  return new Hono<ConsoleEnv>()
    .get("/sign-in", (c) => c.html(signInPage({ to: placeOf(c.req.query("to")) })))
    .post("/sign-in", async (c) => {
      const form = await c.req.parseBody();
      const to = placeOf(form.to);
      if (!isSameOrigin(c)) return c.html(signInPage({ to, fault: "Please sign in on this page." }), 403);
      if (!allows(c.env?.peer ?? "")) {
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

/** Admits only those who are signed in, and only forms of their own pages; sets the caller and the API on their behalf. */
export const requireSignIn = (cookies: Pick<SessionCookies, "read">, ask: AskApi) =>
  createMiddleware<ConsoleEnv>(async (c, next) => {
    const cookie = getCookie(c, COOKIE[wayOf(c)]);
    const caller = cookie === undefined ? undefined : await cookies.read(cookie);
    if (cookie === undefined || caller === undefined) return askToSignIn(c);
    const formToken = formTokenOf(cookie);
    if (
      c.req.method === "POST" &&
      !(isSameOrigin(c) && isFormToken((await c.req.parseBody()).form, formToken))
    )
      return askToSignIn(c);
    c.set("caller", caller);
    c.set("formToken", formToken);
    c.set("api", consoleApi(ask, caller, c.var.requestId));
    return next();
  });

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
