import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LOGIN_FAILURES } from "../../../edge-proxy/protocol/login-failures.ts";
import { withRefusalTable } from "../../docs/refusals.ts";

const page = readFileSync(new URL("../../../docs/protocols.md", import.meta.url), "utf8");

test("what stores say is in docs/protocols.md as in the code; `npm run docs` writes it anew", () => {
  expect(page).toBe(withRefusalTable(page));
});

test("the page has every answer to a failed login", () => {
  for (const { imap, pop3 } of Object.values(LOGIN_FAILURES)) {
    expect(page).toContain(`\`${/^(?:NO \[[A-Z]+\]|BAD)/.exec(imap)?.[0]}\``);
    expect(page).toContain(`-ERR${/^ \[[A-Z/-]+\]/.exec(` ${pop3}`)?.[0] ?? ""}\``);
  }
});
