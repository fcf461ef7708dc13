import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ImapFlow } from "imapflow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../support/child.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import {
  FAILED_LOGIN_SECONDS,
  PASSWORD,
  RUNTIMES,
  type RunningEdge,
  type RuntimeName,
  type Site,
  startSite,
} from "../../support/site.ts";
import { BASE } from "../../support/slapd.ts";
import { mailText } from "../../support/stores/dovecot.ts";
import { makeFolder } from "../../support/workspace.ts";

let site: Site;
beforeAll(async () => {
  site = await startSite();
  await site.startApi();
  expect(await site.sync()).toMatch(/^4 entries read: 3 written.*\n.*\n.*uid=homeless.*: no mailHost/);
});
afterAll(() => site?.remove());

const ALICE = "alice@example.com";
const BOB = "bob@example.com";
const quoted = `"${PASSWORD.replace(/["\\]/g, "\\$&")}"`;

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("the edge on %s", (runtime) => {
  let edge: RunningEdge;
  beforeAll(async () => {
    edge = await site.startEdge(runtime);
  });
  afterAll(() => edge?.child.stop());

  const curl = async (url: string, login: string, ...options: string[]): Promise<string> => {
    const args = ["-sS", "--max-time", "20", "--cacert", site.caFile, "--user", `${login}:${PASSWORD}`];
    const { code, output } = await run("curl", [...args, ...options, url]);
    return `${code} ${output}`;
  };

  test.each([
    ["imap", "imap", "/INBOX;UID=1", []],
    ["imap with STARTTLS", "imap", "/INBOX;UID=1", ["--ssl-reqd"]],
    ["imaps", "imaps", "/INBOX;UID=1", []],
    ["pop3", "pop3", "/1", []],
    ["pop3 with STLS", "pop3", "/1", ["--ssl-reqd"]],
    ["pop3s", "pop3s", "/1", []],
  ] as const)("gives curl each user's own mailbox by %s", async (_name, scheme, path, options) => {
    const url = `${scheme}://localhost:${edge.ports[scheme]}${path}`;
    expect(await curl(url, ALICE, ...options)).toContain(mailText(ALICE, "store1"));
    expect(await curl(url, BOB, ...options)).toContain(mailText(BOB, "store2"));
    expect(await curl(url, "a.alternate@example.com", ...options)).toContain(mailText(ALICE, "store1"));
  });

  test("serves imapflow", async () => {
    const client = new ImapFlow({
      host: "127.0.0.1",
      port: edge.ports.imap,
      auth: { user: BOB, pass: PASSWORD },
      tls: { rejectUnauthorized: false },
      doSTARTTLS: true,
      logger: false,
    });
    await client.connect();
    const lock = await client.getMailboxLock("INBOX");
    const message = await client.fetchOne("1", { source: true });
    lock.release();
    await client.logout();
    expect(message === false ? "" : String(message.source)).toContain(mailText(BOB, "store2"));
  });

  test("serves fetchmail", async () => {
    const folder = makeFolder("fetchmail");
    const rc = join(folder.path, "fetchmailrc");
    writeFileSync(
      rc,
      `poll localhost service ${edge.ports.pop3s} protocol pop3 auth password user "${BOB}" password ${quoted} ssl sslcertck sslcertfile "${site.caFile}" keep mda "cat"\n`,
      { mode: 0o600 },
    );
    const { output } = await run("fetchmail", [
      "-f",
      rc,
      "--pidfile",
      join(folder.path, "pid"),
      "-i",
      join(folder.path, "ids"),
      "--nosyslog",
    ]);
    folder.remove();
    expect(output).toContain(mailText(BOB, "store2"));
  });

  test("refuses a wrong password and an unknown user alike, and the connection stays usable", async () => {
    const client = await lineClient(edge.ports.imap);
    await client.until(/^\* OK .*\r\n/);
    const refusal = async (login: string): Promise<string> => {
      const startedMs = performance.now();
      client.send(`a1 LOGIN ${login} wrong\r\n`);
      const answer = await client.until(/a1 .*\r\n/);
      // Whoever found it wrong, the answer waits for the same time; a tick of the edge's clock is 100 ms.
      expect(performance.now() - startedMs).toBeGreaterThan(FAILED_LOGIN_SECONDS * 1000 - 110);
      return answer;
    };
    const wrong = await refusal(ALICE);
    const unknown = await refusal("nobody@example.com");
    expect(wrong).toMatch(/^a1 NO \[AUTHENTICATIONFAILED\]/);
    expect(unknown).toBe(wrong);
    client.send(`a2 LOGIN ${ALICE} ${quoted}\r\n`);
    expect(await client.until(/a2 .*\r\n/)).toMatch(/a2 OK/);
    client.send("a3 LOGOUT\r\n");
    expect(await client.closed()).toContain("a3 OK");
  });

  test("does so in POP3", async () => {
    const client = await lineClient(edge.ports.pop3);
    await client.until(/^\+OK .*\r\n/);
    client.send(`USER ${ALICE}\r\n`);
    await client.until(/^\+OK.*\r\n/);
    client.send("PASS wrong\r\n");
    expect(await client.until(/\r\n/)).toMatch(/^-ERR \[AUTH\]/);
    client.send(`USER ${ALICE}\r\nPASS ${PASSWORD}\r\n`);
    await client.until(/^\+OK.*\r\n\+OK.*\r\n/);
    client.send("STAT\r\n");
    expect(await client.until(/\r\n/)).toMatch(/^\+OK 1 /);
    client.send("QUIT\r\n");
    await client.closed();
  });

  test("takes literals, SASL-IR and a pipelined first command", async () => {
    const client = await lineClient(edge.ports.imap);
    await client.until(/^\* OK .*\r\n/);
    client.send(`a LOGIN {${BOB.length}}\r\n`);
    await client.until(/^\+ .*\r\n/);
    client.send(`${BOB} {${PASSWORD.length}+}\r\n${PASSWORD}\r\nb SELECT INBOX\r\n`);
    expect(await client.until(/b .*\r\n/)).toMatch(/\* 1 EXISTS/);
    client.socket.destroy();
    const plain = await lineClient(edge.ports.imap);
    await plain.until(/^\* OK .*\r\n/);
    plain.send(`a AUTHENTICATE PLAIN ${Buffer.from(`\0${BOB}\0${PASSWORD}`).toString("base64")}\r\n`);
    expect(await plain.until(/a .*\r\n/)).toMatch(/a OK/);
    plain.socket.destroy();
  });

  test("sends a moved user to the other store after a sync", async () => {
    const url = `imap://localhost:${edge.ports.imap}/INBOX;UID=1`;
    const move = async (store: string): Promise<void> => {
      site.slapd.modify(`dn: uid=mover,${BASE}\nchangetype: modify\nreplace: mailHost\nmailHost: ${store}\n`);
      expect(await site.sync()).toContain("1 written");
    };
    expect(await curl(url, "mover@example.com")).toContain(mailText("mover@example.com", "store1"));
    await move("store2");
    expect(await curl(url, "mover@example.com")).toContain(mailText("mover@example.com", "store2"));
    await move("store1");
  });

  test("answers bad input plainly and hangs up by its bounds", async () => {
    const long = await lineClient(edge.ports.imap);
    await long.until(/^\* OK .*\r\n/);
    long.send(`a LOGIN ${"x".repeat(9000)}`);
    expect(await long.closed()).toMatch(/^\* BYE /);
    const bad = await lineClient(edge.ports.imap);
    await bad.until(/^\* OK .*\r\n/);
    bad.send("a1 FROB\r\na2 LOGIN\r\n\x00\r\n");
    expect(await bad.closed()).toMatch(/^a1 BAD .*\r\na2 BAD .*\r\n.*BAD .*\r\n\* BYE /s);
    const literal = await lineClient(edge.ports.imap);
    await literal.until(/^\* OK .*\r\n/);
    literal.send("a LOGIN {999999999}\r\n");
    expect(await literal.until(/a .*\r\n/)).toMatch(/^a (BAD|NO) /);
    literal.socket.destroy();
    const control = await lineClient(edge.ports.imap);
    await control.until(/^\* OK .*\r\n/);
    control.send('a LOGIN "al\x01ice" x\r\n');
    expect(await control.until(/a .*\r\n/)).toMatch(/^a (BAD|NO) /);
    control.socket.destroy();
    const silent = await lineClient(edge.ports.pop3);
    await silent.until(/^\+OK .*\r\n/);
    silent.send("USER never-fini");
    expect(await silent.closed()).toMatch(/^-ERR \[SYS\/TEMP\]|^-ERR /);
  });

  test("says that a store is down as a temporary failure, and finds it again", async () => {
    await site.stores.store1.stop();
    try {
      const imap = await lineClient(edge.ports.imap);
      await imap.until(/^\* OK .*\r\n/);
      imap.send(`a LOGIN ${ALICE} ${quoted}\r\n`);
      expect(await imap.until(/a .*\r\n/)).toMatch(/^\* NO \[ALERT\] .*\r\na NO \[UNAVAILABLE\]/);
      imap.socket.destroy();
      const pop3 = await lineClient(edge.ports.pop3);
      await pop3.until(/^\+OK .*\r\n/);
      pop3.send(`USER ${ALICE}\r\nPASS ${PASSWORD}\r\n`);
      expect(await pop3.until(/-ERR.*\r\n/)).toContain("-ERR [SYS/TEMP]");
      pop3.socket.destroy();
    } finally {
      await site.stores.store1.restart();
    }
    expect(await curl(`imap://localhost:${edge.ports.imap}/INBOX;UID=1`, ALICE)).toContain("store1");
  });

  test("logs one line a session, and never a password", async () => {
    await curl(`imaps://localhost:${edge.ports.imaps}/INBOX;UID=1`, BOB);
    const isSession = (text: string): boolean => text.includes('"msg":"session"');
    const line = await edge.child.line(
      (text) =>
        isSession(text) && text.includes('"tls":"TLSv1.3"') && text.includes(BOB) && text.includes('"imap"'),
    );
    expect(JSON.parse(line)).toMatchObject({
      msg: "session",
      instance: "main",
      protocol: "imap",
      account: BOB,
      store: "store2",
    });
    expect(edge.child.lines.join("\n")).not.toContain("pass \\");
    expect(edge.child.lines.join("\n")).not.toContain("a-token-for-edges");
    const sessions = edge.child.lines.filter(isSession);
    const sids = sessions.flatMap((text) => /"sid":"([^"]+)"/.exec(text)?.[1] ?? []);
    expect(new Set(sids).size).toBe(sids.length);
  });
});
