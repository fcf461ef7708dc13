import { createHmac, timingSafeEqual } from "node:crypto";
import type { Caller } from "../request-context.ts";
import type { Authenticate, TokenSet } from "../token.ts";

/** Who is signed in is kept nowhere but in the browser, so that every route API knows, and a withdrawn token is out at once. */
export interface SessionCookies {
  /** The cookie of somebody who typed a token; undefined if it is not valid, or may not use the console. */
  signIn(token: string): Promise<string | undefined>;
  /** Who a cookie signs in; undefined if it is forged, over, or its token is not accepted any more. */
  read(cookie: string): Promise<Caller | undefined>;
}

export interface SessionCookieOptions {
  tokens: Pick<TokenSet, "find" | "named">;
  /** Decides on tokens that are not of the configuration. */
  authenticate: Authenticate;
  sessionSeconds: number;
  nowMs?: () => number;
}

/** Browsers refuse larger cookies; some room is left for the name, in characters. */
const COOKIE_MAX_CHARACTERS = 3800;
/** `named~<bearer>~<end in seconds since 1970>~<code>` for a token of the configuration; the cookie does not have the token itself. */
const NAMED = /^named~([\w.-]{1,64})~(\d{1,12})~([\w-]{43})$/;
/** `signed~<token>` for one of an issuer, whose end is in it. */
const SIGNED = /^signed~([\w.-]+)$/;

/** Cookies that end after `sessionSeconds`, or with their token. `read` rejects with a ProblemError where `authenticate` does. */
export function createSessionCookies(options: SessionCookieOptions): SessionCookies {
  const { tokens, authenticate, sessionSeconds, nowMs = Date.now } = options;

  const codeOf = (key: Buffer, name: string, end: number): Buffer =>
    createHmac("sha256", key).update(`mmp console~${name}~${end}`).digest();

  function readNamed(name: string, end: number, code: string): Caller | undefined {
    const bearer = tokens.named(name);
    if (bearer === undefined || end * 1000 <= nowMs()) return undefined;
    const isGenuine = timingSafeEqual(codeOf(bearer.digest, name, end), Buffer.from(code, "base64url"));
    return isGenuine ? forConsole(bearer.caller) : undefined;
  }

  const readSigned = async (token: string): Promise<Caller | undefined> => {
    const caller = await authenticate(token);
    return caller === undefined ? undefined : forConsole(caller);
  };

  return {
    async signIn(token) {
      const known = tokens.find(token);
      if (known === undefined) {
        const cookie = `signed~${token}`;
        const fits = SIGNED.test(cookie) && cookie.length <= COOKIE_MAX_CHARACTERS;
        return fits && (await readSigned(token)) !== undefined ? cookie : undefined;
      }
      const bearer = tokens.named(known.name);
      if (bearer === undefined || forConsole(known) === undefined) return undefined;
      const end = Math.floor(nowMs() / 1000) + sessionSeconds;
      return `named~${known.name}~${end}~${codeOf(bearer.digest, known.name, end).toString("base64url")}`;
    },

    async read(cookie) {
      const [, name, end, code] = NAMED.exec(cookie) ?? [];
      if (name !== undefined && code !== undefined) return readNamed(name, Number(end), code);
      const [, token] = SIGNED.exec(cookie) ?? [];
      return token === undefined ? undefined : readSigned(token);
    },
  };
}

/** What a caller may do here; undefined if that is nothing. */
export function forConsole({ name, scopes }: Caller): Caller | undefined {
  const roles = scopes.filter((scope) => scope !== "edge");
  return roles.length === 0 ? undefined : { name, scopes: roles };
}
