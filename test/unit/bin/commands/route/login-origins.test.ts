import { expect, test } from "vitest";
import { loginOrigins, originsText } from "../../../../../bin/commands/route/login-origins.ts";

const ATTRIBUTES = new Map([
  ["uid", ["Alice"]],
  ["mail", ["alice@example.com"]],
  ["mailalternateaddress", ["a@example.com", "ALICE@example.com"]],
]);

test.each<[login: string, attributes: string[], text: string]>([
  ["alice", ["uid"], "alice (uid)"],
  ["alice@example.com", ["mail", "mailAlternateAddress"], "alice@example.com (mail, mailAlternateAddress)"],
  ["a@example.com", ["mailAlternateAddress"], "a@example.com (mailAlternateAddress)"],
  ["old@example.com", [], "old@example.com (not in the directory)"],
])("says which attributes give %s", (login, attributes, text) => {
  const origins = loginOrigins([login], ["uid", "mail", "mailAlternateAddress"], ATTRIBUTES);
  expect(origins).toEqual({ [login]: attributes });
  expect(originsText(origins)).toBe(text);
});
