import { afterAll, beforeAll, expect, test } from "vitest";
import { type Account, MAIL_PROGRAMS } from "../../support/clients/mail-programs.ts";
import { PASSWORD, type RunningEdge, type Site, startSite } from "../../support/site.ts";
import { mailText } from "../../support/stores/dovecot.ts";

const BOB = "bob@example.com";

let site: Site;
let edge: RunningEdge;
let account: Account;
beforeAll(async () => {
  site = await startSite(undefined, ["PLAIN", "LOGIN", "SCRAM-SHA-256"]);
  await site.startApi();
  await site.sync();
  edge = await site.startEdge("bun");
  const { imaps: imapsPort, pop3s: pop3sPort } = edge.ports;
  account = { login: BOB, password: PASSWORD, imapsPort, pop3sPort, caFile: site.caFile };
});
afterAll(async () => {
  await edge?.child.stop();
  await site?.remove();
});

test.each(Object.entries(MAIL_PROGRAMS))("serves %s", async (_name, fetch) => {
  const { mail, output } = await fetch(account);
  expect(mail, output).toContain(mailText(BOB, "store2"));
});

test.each(Object.entries(MAIL_PROGRAMS))("says to %s that its password is wrong", async (_name, fetch) => {
  const { mail, code, output } = await fetch({ ...account, password: "wrong" });
  expect([mail, code]).not.toEqual(["", 0]);
  expect(mail).toBe("");
  expect(output).toMatch(/auth|login|password/i);
});
