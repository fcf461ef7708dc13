import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Audit } from "../../../route-api/contract/audit.ts";
import { Edges } from "../../../route-api/contract/edges.ts";
import { noteHeartbeat } from "../../../route-api/http/resources/edges/known-edges.ts";

import { type Child, start } from "../../support/child.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import { heartbeat } from "../../support/heartbeat.ts";
import { type Dovecot, startDovecot } from "../../support/stores/dovecot.ts";
import { account, type SiteEdge, type SupportSite, supportSite } from "../../support/support-site.ts";
import { eventually, eventuallyAsync } from "../../support/wait.ts";
import { makeCertificate, makeFolder } from "../../support/workspace.ts";
import { put } from "../../support/writes.ts";

const PASSWORD = "Planted-Secret-1";
const folder = makeFolder("traces");
let dovecot: Dovecot;
let site: SupportSite;
let edges: [SiteEdge, SiteEdge];

beforeAll(async () => {
  const user = { login: "erin@example.com", password: PASSWORD };
  dovecot = await startDovecot("store", [user], await makeCertificate(folder.path));
  const imap = { port: dovecot.imapPort, tls: "none" };
  site = await supportSite(
    { limits: { questionMs: 2000 } },
    { dovecot: { address: "127.0.0.1", imap, forwardClient: true } },
  );
  await put(site.store, [account("erin", "dovecot")]);
  edges = [await site.edge("bun"), await site.edge("node")];
  await eventuallyAsync(
    async () => ((await site.get("/v1/edges", Edges)).edges.length === 2 ? true : undefined),
    "heartbeats",
  );
});
afterAll(async () => {
  await site?.remove();
  await dovecot?.remove();
  folder.remove();
});

const mmpTrace = (...args: string[]): Child =>
  start("bun", [
    ...["bin/mmp.ts", "trace", ...args, "--why", "ticket 9"],
    ...["--api", site.api, "--token-file", join(site.folder, "admin-token")],
  ]);

/** Says its lines one after the other's answer, and hangs up. */
async function visit({ port }: SiteEdge, ...lines: string[]): Promise<void> {
  const client = await lineClient(port);
  await client.until(/^\* OK .*\r\n/);
  for (const [index, line] of lines.entries()) {
    client.send(`t${index} ${line}\r\n`);
    await client.until(new RegExp(`^t${index} (?:OK|NO|BAD) .*\\r\\n`, "m"));
  }
  client.socket.end();
  await client.closed();
}

const count = (lines: readonly string[], pattern: RegExp): number =>
  lines.filter((line) => pattern.test(line)).length;

test("sessions of a user at two edges are shown as they happen, through a real Dovecot; a silent edge is named", async () => {
  await noteHeartbeat(site.store.lists, "ghost:1", heartbeat());
  const trace = mmpTrace("erin", "--minutes", "5");
  expect(await trace.line((line) => line.startsWith("Tracing "))).toMatch(
    /^Tracing erin until 2\S+Z; 2 of 3 edges answered; no answer from ghost:1\. Ctrl-C ends it\.$/,
  );
  await visit(edges[0], "LOGIN dave x");
  await visit(edges[0], "LOGIN erin Wrong-Secret-2", `LOGIN erin ${PASSWORD}`, "SELECT INBOX");
  await visit(
    edges[1],
    `AUTHENTICATE PLAIN ${Buffer.from(`\0erin@example.com\0${PASSWORD}`).toString("base64")}`,
    "NOOP",
  );
  await eventually(
    () => (count(trace.lines, / {2}end {2}/) === 2 ? true : undefined),
    "the end of both sessions",
  );
  for (const [pattern, times] of [
    [/ {2}accept +imap at 127\.0\.0\.1:\d+ \(main\), from 127\.0\.0\.1:\d+$/, 2],
    [/ {2}client → edge +#1 LOGIN erin \[secret\]$/, 1],
    [/ {2}client → edge +#1 AUTHENTICATE PLAIN \[secret\]$/, 1],
    [/ {2}name +erin \(LOGIN\)$/, 1],
    [/ {2}look-up +erin: not cached$/, 1],
    [/ {2}look-up +erin: a route, fresh, [\d.]+ s old$/, 1],
    [/ {2}route +the account erin@example\.com at dovecot$/, 3],
    [/ {2}connect +127\.0\.0\.1:\d+$/, 3],
    [/ {2}edge ← store +\* OK \[CAPABILITY .* Dovecot .*$/, 3],
    [/ {2}edge → store +I ID \(x-session-id=/, 3],
    [/ {2}edge → store +M AUTHENTICATE PLAIN \[secret\]$/, 3],
    [/ {2}edge ← store +M NO \[AUTHENTICATIONFAILED\]/, 1],
    [/ {2}failure +store-refused: at dovecot: got to auth: /, 1],
    [/ {2}client ← edge +#1 NO \[AUTHENTICATIONFAILED\]/, 1],
    [/ {2}logged-in +erin@example\.com at dovecot: route [\d.]+ ms, connect /, 2],
    [/ {2}first-bytes +\d+ from the store$/, 2],
  ] as const) {
    expect([pattern, count(trace.lines, pattern)]).toEqual([pattern, times]);
  }
  // Ctrl-C ends the trace at the edges too; an edge has not heard of it, so that the command says so.
  expect(await trace.stop("SIGINT")).toBe(1);
  expect(trace.lines.at(-1)).toBe("mmp: sessions at edges that did not answer are missing");
  const output = [trace, ...edges.map(({ child }) => child)].flatMap(({ lines }) => lines).join("\n");
  expect(output).not.toMatch(/Secret-[12]|UGxhbnRlZC|xhbnRlZC1T/i);
  expect(output).not.toContain("dave@example.com at store2");
  for (const { child } of edges) await child.line((line) => line.includes('"msg":"trace ended"'));
  const { entries } = await site.get("/v1/audit", Audit);
  expect(entries.map(({ action, target, why }) => [action, target, why])).toEqual([
    ["trace-end", expect.any(String), "ticket 9"],
    ["trace", "erin", "ticket 9"],
  ]);
  await site.store.lists.remove("EDGES", "ghost:1");
});

test("a client that never says who it is can be traced by its address", async () => {
  const trace = mmpTrace("--client", "127.0.0.0/8", "--json");
  await trace.line((line) => line.includes('"until"'));
  await visit(edges[1], `XYZZY ${PASSWORD}`);
  await trace.line((line) => line.includes('"step":"end"'));
  expect(trace.lines.map((line) => (JSON.parse(line) as { step?: string }).step).slice(1)).toEqual([
    ...["accept", "to-client", "from-client", "to-client", "end"],
  ]);
  expect(trace.lines.join("\n")).not.toContain(PASSWORD);
  expect(await trace.stop("SIGINT")).toBe(0);
});
