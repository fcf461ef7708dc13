import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, MAIL_PROGRAMS } from "../../support/clients/mail-programs.ts";
import { PASSWORD, RUNTIMES, type RuntimeName, type Site, startSite } from "../../support/site.ts";
import { mailText } from "../../support/stores/dovecot.ts";

const BOB = "bob@example.com";

let site: Site;
beforeAll(async () => {
  site = await startSite();
  await site.startApi();
  await site.sync();
});
afterAll(() => site?.remove());

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("the edge on %s", (runtime) => {
  let account: Account;
  let stop: () => Promise<unknown>;
  beforeAll(async () => {
    const { ports, child } = await site.startEdge(runtime);
    const { imaps: imapsPort, pop3s: pop3sPort } = ports;
    account = { login: BOB, password: PASSWORD, imapsPort, pop3sPort, caFile: site.caFile };
    stop = () => child.stop();
  });
  afterAll(() => stop?.());

  test.each(Object.entries(MAIL_PROGRAMS))("serves %s", async (_name, fetch) => {
    const { mail, output } = await fetch(account);
    expect(mail, output).toContain(mailText(BOB, "store2"));
  });

  // Neomutt would ask for another.
  const unattended = Object.entries(MAIL_PROGRAMS).filter(([name]) => name !== "neomutt");
  test.each(unattended)("says to %s that its password is wrong", async (_name, fetch) => {
    const { mail, code, output } = await fetch({ ...account, password: "wrong" });
    expect([mail, code]).not.toEqual(["", 0]);
    expect(mail).toBe("");
    expect(output).toMatch(/auth|login|password/i);
  });
});
