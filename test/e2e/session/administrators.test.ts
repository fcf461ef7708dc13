import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AllInOne, allInOne } from "../../support/all-in-one.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { type Dovecot, mailText, startDovecot } from "../../support/stores/dovecot.ts";
import { dovecotExtras, type Extras, MASTER } from "../../support/stores/dovecot-extras.ts";
import { makeCertificate, makeFolder } from "../../support/workspace.ts";

const ALICE = "alice@example.com";
const BOB = "bob@example.com";
const PASSWORD = "right";

let folder: { path: string; remove(): void };
let store: Dovecot;
let extras: Extras;
beforeAll(async () => {
  folder = makeFolder("administrators");
  extras = await dovecotExtras();
  const users = [ALICE, BOB].map((login) => ({ login, password: PASSWORD }));
  store = await startDovecot("store", users, await makeCertificate(folder.path), extras);
});
afterAll(async () => {
  await store?.remove();
  extras?.remove();
  folder?.remove();
});

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("administrators on %s", (runtime) => {
  let edge: AllInOne;
  beforeAll(async () => {
    edge = await allInOne(runtime, {
      users: { [ALICE]: ["store"], [BOB]: ["store"] },
      stores: {
        store: {
          address: "127.0.0.1",
          imap: { port: store.imapPort, tls: "none" },
          pop3: { port: store.pop3Port, tls: "none" },
        },
      },
      instance: {
        administrators: [MASTER.user],
        listeners: [{ protocol: "imap" }, { protocol: "pop3" }],
      },
    });
  });
  afterAll(() => edge?.stop());

  async function logIn(protocol: "imap" | "pop3", ...message: string[]) {
    const client = await lineClient(edge.ports[protocol === "imap" ? 0 : 1] ?? 0);
    await client.until(/^(\* OK|\+OK).*\r\n/);
    const initial = Buffer.from(message.join("\0")).toString("base64");
    client.send(`${protocol === "imap" ? "a AUTHENTICATE" : "AUTH"} PLAIN ${initial}\r\n`);
    return { client, answer: await client.until(/^(a |\+OK|-ERR)[^\r\n]*\r\n/m) };
  }

  test("open any user's mailbox with their own password, each with a line in the audit", async () => {
    const { client, answer } = await logIn("imap", BOB, MASTER.user, MASTER.password);
    expect(answer).toMatch(/^a OK/m);
    client.send("b SELECT INBOX\r\nc FETCH 1 BODY[TEXT]\r\n");
    expect(await client.until(/^c OK.*\r\n/m)).toContain(mailText(BOB, "store"));
    client.socket.destroy();
    const line = JSON.parse(await edge.child.line((text) => text.includes('"audit"')));
    expect(line).toMatchObject({
      audit: "administrator-login",
      outcome: "granted",
      administrator: MASTER.user,
      account: BOB,
      store: "store",
    });
    const pop3 = await logIn("pop3", ALICE, MASTER.user, MASTER.password);
    expect(pop3.answer).toMatch(/^\+OK/);
    pop3.client.socket.destroy();
  });

  test("open none with a wrong password, which the store judges", async () => {
    const { client, answer } = await logIn("imap", BOB, MASTER.user, "wrong");
    expect(answer).toMatch(/^a NO \[AUTHENTICATIONFAILED\]/m);
    client.socket.destroy();
    await edge.child.line((text) => text.includes('"audit"') && text.includes('"refused"'));
  });

  test("are only those in the list: a user's right password opens no other mailbox", async () => {
    for (const [protocol, answers] of [
      ["imap", /^a NO \[AUTHORIZATIONFAILED\]/m],
      ["pop3", /^-ERR \[AUTH\] Not authorized/],
    ] as const) {
      const { client, answer } = await logIn(protocol, BOB, ALICE, PASSWORD);
      expect(answer).toMatch(answers);
      client.socket.destroy();
    }
    const line = await edge.session(({ login }) => login === ALICE);
    expect(line.failures).toMatchObject([
      { code: "foreign-authorization-id", login: ALICE, authorizationId: BOB },
    ]);
  });
});
