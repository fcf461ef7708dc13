import { expect, test } from "vitest";
import type { RouteAnswer } from "../../../../edge-proxy/api-client/answers.ts";
import { NO_PLACE } from "../../../../edge-proxy/guard/tally.ts";
import { startSession } from "../../../../edge-proxy/session/session.ts";
import { routeAnswer } from "../routing/api-double.ts";
import { Wire } from "../transport/fake-transport.ts";
import { makeRig, type RigOptions } from "./session-rig.ts";

const HELD = { hold: { id: "h1", until: "2026-11-27T10:00:00.000Z" } };
const GREETING = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n";
const UNAVAILABLE = "a NO [UNAVAILABLE] Temporary failure, please try again later\r\n";

function start(more: object = HELD, options: RigOptions = {}) {
  const routes: Record<string, RouteAnswer> = { alice: routeAnswer("alice", more) };
  const rig = makeRig({ routes, ...options });
  const logIn = (command = "a LOGIN alice secret\r\n") => {
    const client = new Wire({});
    const session = startSession(rig.services, client, client, { place: NO_PLACE });
    client.receiver = session;
    client.heard();
    client.says(command);
    return { client, session };
  };
  /** The entry is written: it has this route from now on. */
  const becomes = (next: object): void => {
    routes.alice = routeAnswer("alice", next);
    rig.holds.changed("uuid of alice");
  };
  return { ...rig, logIn, becomes };
}

test("a login waits while the account is on hold, then goes to the new store", () => {
  const { logIn, becomes, transport, passes, holds, ended, kicks } = start();
  const { client, session } = logIn();
  passes(10);
  expect(client.sent).toBe("");
  expect(transport.connections).toEqual([]);
  expect(session.stage).toBe("held");
  expect(holds.waiting).toBe(1);
  // Of those that were there before it; it is at no store.
  kicks.mark("account", "alice");
  becomes({ mailHost: ["store2"] });
  passes(0.2);
  expect(holds.waiting).toBe(0);
  const store = transport.last.accepts();
  store.says(GREETING);
  store.says("M OK [CAPABILITY IMAP4rev1] in\r\n");
  expect(client.sent).toMatch(/^a OK /m);
  client.receiver.closed();
  store.receiver.closed();
  expect(ended[0]?.record).toMatchObject({ store: "store2", failures: undefined });
  expect(ended[0]?.record.heldMs).toBeGreaterThan(9000);
});

test.each([
  ["imap", "a LOGIN alice secret\r\n", UNAVAILABLE],
  ["pop3", "USER alice\r\nPASS secret\r\n", "-ERR [SYS/TEMP] Temporary failure, please try again later\r\n"],
] as const)("after holdSeconds it fails for now (%s)", (protocol, command, words) => {
  const instance = { limits: { holdSeconds: 12 } };
  const { logIn, passes, holds, transport, ended } = start(HELD, { protocol, instance });
  const { client } = logIn(command);
  passes(11.5);
  expect(client.sent).not.toContain(words);
  passes(1);
  expect(client.sent).toContain(words);
  expect(holds.waiting).toBe(0);
  expect(transport.connections).toEqual([]);
  client.receiver.closed();
  expect(ended[0]?.record.failures).toEqual([{ code: "account-held", login: "alice" }]);
});

test("the time before login does not run out meanwhile", () => {
  const { logIn, passes, becomes, transport } = start(HELD, {
    instance: { limits: { holdSeconds: 100, loginSeconds: 5 } },
  });
  const { client } = logIn();
  passes(60);
  expect(client.sent).toBe("");
  becomes({});
  passes(0.2);
  expect(transport.connections).toHaveLength(1);
});

test("whoever is not told looks again by itself, and never goes on while it is held", () => {
  const { logIn, passes, transport, asked } = start();
  logIn();
  const before = asked.length;
  passes(11);
  expect(asked.length).toBeGreaterThan(before + 1);
  expect(transport.connections).toEqual([]);
});

test("no more than heldLogins wait", () => {
  const { logIn, holds } = start(HELD, { instance: { limits: { heldLogins: 2 } } });
  const clients = [logIn(), logIn(), logIn()].map(({ client }) => client);
  expect(holds.waiting).toBe(2);
  expect(clients.map(({ sent }) => sent)).toEqual(["", "", ""]);
});

test.each([
  ["closes", (client: Wire) => client.receiver.closed()],
  ["has said all it has to say", (client: Wire) => client.receiver.ended()],
  ["breaks", (client: Wire) => client.breaks()],
])("a client that %s while it waits leaves nothing behind", (_, leaves) => {
  const { logIn, holds, passes, becomes, transport, ended } = start();
  const { client } = logIn();
  leaves(client);
  expect(holds.waiting).toBe(0);
  becomes({});
  passes(1);
  expect(transport.connections).toEqual([]);
  client.receiver.closed();
  expect(ended).toHaveLength(1);
});

test("logins of a store on hold wait, too; those of others do not", () => {
  const { logIn, holds, passes, transport } = start({ mailHost: ["store1", "store2"] });
  holds.replaceStores(["store1"]);
  logIn();
  passes(1);
  expect(transport.connections).toEqual([]);
  expect(holds.waiting).toBe(1);
  holds.replaceStores([]);
  passes(0.2);
  expect(transport.connections).toHaveLength(1);
});

test("no login falls back to a store on hold", () => {
  const { logIn, holds, transport, passes, ended } = start({ mailHost: ["store1", "store2"] });
  holds.replaceStores(["store2"]);
  const { client } = logIn();
  transport.last.breaks("connect", "refused");
  passes(1);
  expect(transport.connections).toHaveLength(1);
  expect(client.sent).toContain("NO [UNAVAILABLE]");
  client.receiver.closed();
  expect(ended[0]?.record.failures?.map(({ code, store }) => [code, store])).toEqual([
    ["store-connect", "store1"],
    ["store-held", "store2"],
  ]);
});

test("a kick has a login in progress leave its store, and begin anew with the look-up", () => {
  const { logIn, becomes, transport, passes, holds } = start({});
  const { client, session } = logIn();
  const old = transport.last.accepts();
  old.says(GREETING);
  becomes(HELD);
  expect(session.stage).toBe("login");
  expect(session.retract()).toBe(true);
  expect(old.calls).toContain("destroy");
  expect(session.stage).toBe("held");
  old.receiver.closed();
  passes(1);
  expect(holds.waiting).toBe(1);
  becomes({ mailHost: ["store2"] });
  passes(0.2);
  const store = transport.last.accepts();
  expect(store).not.toBe(old);
  store.says(GREETING);
  store.says("M OK [CAPABILITY IMAP4rev1] in\r\n");
  expect(client.sent).toMatch(/^a OK /m);
  expect(client.sent).not.toContain("BYE");
});

test("an exchange that the client takes part in cannot begin anew", () => {
  const { logIn, transport } = start(
    {},
    { instance: { mechanisms: ["SCRAM-SHA-1"] }, stores: { "*": { imap: { port: 1, tls: "none" } } } },
  );
  const initial = Buffer.from("n,,n=alice,r=nonce").toString("base64");
  const { session } = logIn(`a AUTHENTICATE SCRAM-SHA-1 ${initial}\r\n`);
  transport.last.accepts().says("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-1] ready\r\n");
  expect(session.retract()).toBe(false);
});
