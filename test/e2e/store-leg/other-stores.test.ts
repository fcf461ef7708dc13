import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AllInOne, allInOne } from "../../support/all-in-one.ts";
import { type LineClient, lineClient } from "../../support/clients/line-client.ts";
import { logIn, type Protocol } from "../../support/clients/logins.ts";
import { scramClient } from "../../support/clients/scram.ts";
import { PASSWORD } from "../../support/site.ts";
import { type Courier, startCourier, whyNoCourier } from "../../support/stores/courier.ts";
import { type Cyrus, startCyrus } from "../../support/stores/cyrus.ts";
import { whyNoStore } from "../../support/stores/unpacked.ts";

/** How many a user may have in each protocol. */
const SESSIONS = 2;
const MAIL = "Mail of this store.";
const PROTOCOLS = ["imap", "pop3"] as const;
/** How the edge logs in at the store: the name of the store's entry, and of the user whom it holds. */
const WAYS = PROTOCOLS.flatMap((protocol) =>
  (["plain", "login"] as const).map((way): [Protocol, string] => [protocol, `${way}@example.com`]),
);
const USERS = ["plain@example.com", "login@example.com"];
const WRONG = { imap: /^a NO \[AUTHENTICATIONFAILED\]/m, pop3: /^-ERR \[AUTH\]/m };
const DOWN = { imap: /^a NO \[UNAVAILABLE\]/m, pop3: /^-ERR \[SYS\/TEMP\]/m };
const IN = { imap: /^a OK/m, pop3: /^\+OK/m };
/** An edge in front of one store, at which it logs users in by SASL or by the protocol's own commands. */
async function edgeFor(
  { imapPort, pop3Port }: { imapPort: number; pop3Port: number },
  users: Record<string, string[]>,
): Promise<AllInOne> {
  const store = (replay: "plain" | "login") => ({
    address: "127.0.0.1",
    replay,
    imap: { port: imapPort, tls: "none" },
    pop3: { port: pop3Port, tls: "none" },
  });
  return allInOne("bun", {
    users,
    stores: { plain: store("plain"), login: store("login") },
    instance: {
      listeners: [{ protocol: "imap" }, { protocol: "pop3" }],
      mechanisms: ["PLAIN", "LOGIN", "SCRAM-SHA-256"],
      limits: { storeLoginSeconds: 20 },
      penalties: { exempt: ["127.0.0.0/8"] },
    },
  });
}

async function greeted(edge: AllInOne, protocol: Protocol): Promise<LineClient> {
  const port = edge.ports[protocol === "imap" ? 0 : 1] ?? 0;
  const client = await lineClient(port);
  await client.until(/^(\* OK|\+OK).*\r\n/);
  return client;
}

interface Login {
  client: LineClient;
  answer: string;
}

async function login(edge: AllInOne, protocol: Protocol, user: string, password = PASSWORD): Promise<Login> {
  const client = await greeted(edge, protocol);
  return { client, answer: await logIn(client, protocol, "PLAIN", user, password) };
}

/** The one message of a mailbox, by a client that is logged in; logs out. */
async function messageOf(client: LineClient, protocol: Protocol): Promise<string> {
  if (protocol === "pop3") {
    client.send("RETR 1\r\nQUIT\r\n");
    return client.closed();
  }
  client.send("b SELECT INBOX\r\nc FETCH 1 BODY[]\r\nd LOGOUT\r\n");
  return client.closed();
}

/** What the log says of the only attempt to log in of a session of this user that failed. */
async function failureOf(edge: AllInOne, { client }: Login): Promise<unknown> {
  const from = `${client.socket.localAddress}:${client.socket.localPort}`;
  client.socket.destroy();
  // An earlier session, one that failed in nothing, may have had the same port.
  const { failures } = await edge.session((line) => line.client === from && line.failures !== undefined);
  return failures;
}

const noCyrus = whyNoStore("cyrus");
describe.skipIf(noCyrus !== undefined)(`Cyrus${noCyrus ? `: ${noCyrus}` : ""}`, () => {
  let cyrus: Cyrus;
  let edge: AllInOne;
  const isDenied = (user: string): string => `denied.${user}`;
  beforeAll(async () => {
    const logins = [...USERS, ...USERS.map(isDenied)];
    cyrus = await startCyrus(
      logins.map((user) => ({ login: user, password: PASSWORD })),
      SESSIONS,
      MAIL,
    );
    edge = await edgeFor(cyrus, {
      "plain@example.com": ["plain"],
      "login@example.com": ["login"],
      "denied.plain@example.com": ["plain"],
      "denied.login@example.com": ["login"],
      "unknown@example.com": ["plain"],
    });
  });
  afterAll(async () => {
    await edge?.stop();
    await cyrus?.remove();
  });

  test.each(WAYS)("lets a user in by %s: %s", async (protocol, user) => {
    const { client, answer } = await login(edge, protocol, user);
    expect(answer).toMatch(IN[protocol]);
    if (protocol === "imap") expect(answer).toMatch(/\[CAPABILITY [^\]]*\bMOVE\b[^\]]*\bX-SIEVE-MAILBOX\b/);
    expect(await messageOf(client, protocol)).toContain(MAIL);
  });

  test("lets a user in by SCRAM", async () => {
    const client = await greeted(edge, "imap");
    const scram = scramClient("sha256", "plain@example.com", PASSWORD);
    client.send(`a AUTHENTICATE SCRAM-SHA-256 ${scram.first}\r\n`);
    client.send(`${scram.final((await client.until(/^\+ .*\r\n/m)).slice(2).trim())}\r\n`);
    const final = await client.until(/^(\+|a) .*\r\n/m);
    expect(scram.verify(final.slice(2).trim())).toBe(true);
    client.send("\r\n");
    await client.until(/^a OK.*\r\n/m);
    expect(await messageOf(client, "imap")).toContain(MAIL);
  });

  test.each([...WAYS, ["imap", "unknown@example.com"], ["pop3", "unknown@example.com"]] as typeof WAYS)(
    "calls a wrong password wrong by %s: %s",
    async (protocol, user) => {
      const attempt = await login(edge, protocol, user, "wrong");
      expect(attempt.answer).toMatch(WRONG[protocol]);
      expect(await failureOf(edge, attempt)).toMatchObject([{ code: "store-refused" }]);
    },
  );

  test.each(WAYS)("calls its session limit a limit by %s: %s", async (protocol, user) => {
    const admitted: LineClient[] = [];
    let last = await login(edge, protocol, user);
    // By USER and PASS, Cyrus counts the session that is about to begin.
    for (
      ;
      IN[protocol].test(last.answer) && admitted.length <= SESSIONS;
      last = await login(edge, protocol, user)
    )
      admitted.push(last.client);
    expect(admitted).not.toHaveLength(0);
    expect(last.answer).toMatch(protocol === "imap" ? /^a NO \[LIMIT\]/m : /^-ERR \[SYS\/TEMP\]/m);
    expect(await failureOf(edge, last)).toMatchObject([
      { code: "store-refused", detail: expect.stringContaining("Too many open connections (") },
    ]);
    for (const client of admitted) await messageOf(client, protocol);
  });

  test.each(WAYS)(
    "does not call the password of a user wrong who is kept out, by %s: %s",
    async (protocol, user) => {
      await cyrus.deny(isDenied(user), "Please call the help desk");
      const attempt = await login(edge, protocol, isDenied(user));
      // By USER and PASS, Cyrus itself calls it temporary.
      const isTemporary = protocol === "pop3" && user.startsWith("login");
      const answers = {
        imap: /^a NO \[AUTHORIZATIONFAILED\]/m,
        pop3: /^-ERR \[AUTH\] (?!Authentication failed)/m,
      };
      expect(attempt.answer).toMatch(isTemporary ? DOWN.pop3 : answers[protocol]);
      expect(await failureOf(edge, attempt)).toMatchObject([
        { detail: expect.stringMatching(isTemporary ? /help desk/ : /authorization failure/) },
      ]);
    },
  );
});

const noCourier = whyNoCourier();
describe.skipIf(noCourier !== undefined)(`Courier${noCourier ? `: ${noCourier}` : ""}`, () => {
  let courier: Courier;
  let edge: AllInOne;
  beforeAll(async () => {
    courier = await startCourier(
      USERS.map((user) => ({ login: user, password: PASSWORD })),
      MAIL,
    );
    edge = await edgeFor(courier, { "plain@example.com": ["plain"], "login@example.com": ["login"] });
  });
  afterAll(async () => {
    await edge?.stop();
    await courier?.remove();
  });

  test.each(WAYS)("lets a user in by %s: %s", async (protocol, user) => {
    const { client, answer } = await login(edge, protocol, user);
    expect(answer).toMatch(IN[protocol]);
    expect(await messageOf(client, protocol)).toContain(MAIL);
  });

  test.each(WAYS)("calls a wrong password wrong by %s: %s", async (protocol, user) => {
    const attempt = await login(edge, protocol, user, "wrong");
    expect(attempt.answer).toMatch(WRONG[protocol]);
    expect(await failureOf(edge, attempt)).toMatchObject([
      { code: "store-refused", detail: expect.stringMatching(/Login failed|Authentication failed/) },
    ]);
  });

  test("is temporarily unavailable without its authdaemond, and no password is called wrong", async () => {
    await courier.stopAuthentication();
    for (const [protocol, user] of WAYS) {
      const attempt = await login(edge, protocol, user);
      expect(attempt.answer).toMatch(DOWN[protocol]);
      expect(await failureOf(edge, attempt)).toMatchObject([
        { code: "store-not-ready", detail: expect.stringContaining("Temporary problem") },
      ]);
    }
    await courier.startAuthentication();
    for (const [protocol, user] of WAYS) {
      const { client, answer } = await login(edge, protocol, user);
      expect(answer).toMatch(IN[protocol]);
      client.socket.destroy();
    }
  });
});
