import { ConsoleConfig } from "../../../../../route-api/config/console.ts";
import type { AppParts } from "../../../../../route-api/http/app.ts";
import { createTokenSet } from "../../../../../route-api/http/token.ts";
import { type TestApi, TOKENS, testApi } from "../support.ts";

/** How a browser on the same machine sends a form. */
export const FORM = {
  "Content-Type": "application/x-www-form-urlencoded",
  "Sec-Fetch-Site": "same-origin",
  Origin: "http://localhost",
  Host: "localhost",
};
export const HERE = { peer: () => "127.0.0.1" };

export interface TestConsole extends TestApi {
  /** The cookie of somebody who has typed a token. */
  signIn(token: string): Promise<string>;
  page(path: string, cookie?: string): Promise<Response>;
  submit(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  /** The hidden fields of a page's form. */
  hidden(path: string, cookie: string): Promise<Record<string, string>>;
}

/** The app with a console, asked from this machine. */
export async function testConsole(
  settings: Partial<ConsoleConfig> = {},
  parts: Partial<AppParts> & { loaded?: boolean } = {},
): Promise<TestConsole> {
  const tokens = createTokenSet(TOKENS);
  const ending = new AbortController();
  const api = await testApi({
    console: {
      settings: { ...ConsoleConfig.parse({}), ...settings },
      tokens,
      authenticate: tokens.find,
      ending: ending.signal,
    },
    ...parts,
  });
  const submit: TestConsole["submit"] = async (path, fields, headers = {}) =>
    api.app.request(
      path,
      { method: "POST", headers: { ...FORM, ...headers }, body: new URLSearchParams(fields).toString() },
      HERE,
    );
  const page: TestConsole["page"] = async (path, cookie = "") =>
    api.app.request(path, { headers: { Cookie: cookie } }, HERE);
  return {
    ...api,
    submit,
    page,
    async signIn(token) {
      const response = await submit("/console/sign-in", { token });
      return response.headers.get("Set-Cookie")?.split(";")[0] ?? "";
    },
    async hidden(path, cookie) {
      const text = await (await page(path, cookie)).text();
      return Object.fromEntries(
        [...text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
          ([, name = "", value = ""]) => [name, value],
        ),
      );
    },
    async close() {
      ending.abort();
      await api.close();
    },
  };
}
