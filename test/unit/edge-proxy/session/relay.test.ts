import { expect, test } from "vitest";
import type { SessionRecord } from "../../../../edge-proxy/observe/session-record.ts";
import type { StoreStream } from "../../../../edge-proxy/protocol/dialogue.ts";
import { HeldBytes } from "../../../../edge-proxy/session/held-bytes.ts";
import { startRelay } from "../../../../edge-proxy/session/relay.ts";
import type { TimerWheel } from "../../../../edge-proxy/timer-wheel.ts";
import { Wire } from "../transport/fake-transport.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);

function start(
  clientBufferBytes = 10,
  budget = new HeldBytes(1000),
  stream?: StoreStream,
  endDelaySeconds = 0,
) {
  const client = new Wire();
  const store = new Wire();
  const record = { bytesFromClient: 0, bytesFromStore: 0 } as SessionRecord;
  const timers = new Set<object>();
  const wheel = {
    tick: 0,
    nowMs: 0,
    msOf: () => 0,
    set: (item: object) => timers.add(item),
    clear: (item: object) => timers.delete(item),
  } as unknown as TimerWheel;

  const ends: string[] = [];
  const relay = startRelay(
    client,
    store,
    stream,
    record,
    { wheel, budget, clientBufferBytes, idleSeconds: 60, keepAliveSeconds: 30 },
    {
      relayEnded: (reason) => void ends.push(reason),
      endDelaySeconds: () => endDelaySeconds,
    },
  );
  return { client, store, record, budget, ends, relay, timers };
}

test("bytes go both ways and are counted", () => {
  const { client, store, record, ends } = start();
  client.receiver.data(bytes("a NOOP"));
  store.receiver.data(bytes("a OK"));
  store.receiver.ended();
  expect(client.calls).toEqual(["end"]);
  client.receiver.closed();
  store.receiver.closed();
  expect([store.sent, client.sent]).toEqual(["a NOOP", "a OK"]);
  expect(record).toEqual({ bytesFromClient: 6, bytesFromStore: 4 });
  expect(ends).toEqual(["store-closed"]);
});

test("a client that leaves is not made to wait because its store ends many sessions", () => {
  const { client, store, ends, timers } = start(10, undefined, undefined, 8);
  store.receiver.ended();
  store.receiver.closed();
  expect(client.calls).toEqual([]);
  client.receiver.ended();
  expect(client.calls).toEqual(["end"]);
  client.receiver.closed();
  expect(ends).toEqual(["store-closed"]);
  expect(timers.size).toBe(0);
});

test("what ends the client at once leaves no timer behind", () => {
  const { client, store, ends, timers } = start(10, undefined, undefined, 8);
  client.end = () => client.receiver.closed();
  store.receiver.ended();
  store.receiver.closed();
  client.receiver.ended();
  expect(ends).toEqual(["store-closed"]);
  expect(timers.size).toBe(0);
});

test("a slow client is buffered up to the bound, then the store waits until all went out", () => {
  const { client, store, budget } = start(10);
  client.open = false;
  store.receiver.data(bytes("12345"));
  expect([store.calls, budget.usedBytes]).toEqual([[], 5]);
  store.receiver.data(bytes("1234567"));
  expect([store.calls, budget.usedBytes]).toEqual([["pause"], 12]);
  client.drain();
  expect([store.calls, budget.usedBytes]).toEqual([["pause", "resume"], 0]);
});

test("from half of the process's bound on every slow session waits at once", () => {
  const { client, store, budget } = start(1000, new HeldBytes(7));
  client.open = false;
  store.receiver.data(bytes("1234"));
  expect(store.calls).toEqual(["pause"]);
  client.receiver.closed({ code: "reset", detail: "" });
  expect(budget.usedBytes).toBe(0);
  expect(store.calls).toEqual(["pause", "resume", "end"]);
});

test("past the bound of the process those that have held for the longest end", () => {
  const budget = new HeldBytes(10);
  const sessions = [start(1000, budget), start(1000, budget), start(1000, budget)];
  for (const { client } of sessions) client.open = false;
  const [first, second, third] = sessions;
  first?.store.receiver.data(bytes("1234"));
  second?.store.receiver.data(bytes("1234"));
  second?.client.drain();
  if (second !== undefined) second.client.open = false;
  second?.store.receiver.data(bytes("12"));
  third?.store.receiver.data(bytes("12345"));
  expect(sessions.map(({ ends }) => ends)).toEqual([["relay-memory"], [], []]);
  expect(budget.usedBytes).toBe(7);
});

test("what went out piece by piece is counted anew before anybody has to go", () => {
  const budget = new HeldBytes(10);
  const [first, second] = [start(1000, budget), start(1000, budget)];
  first.client.open = false;
  second.client.open = false;
  first.store.receiver.data(bytes("123456"));
  first.client.queuedBytes = 1;
  second.store.receiver.data(bytes("123456"));
  expect([first.ends, second.ends, budget.usedBytes]).toEqual([[], [], 7]);
});

test("a session that alone holds too much ends", () => {
  const { client, store, ends, budget } = start(1000, new HeldBytes(3));
  client.open = false;
  store.receiver.data(bytes("1234"));
  expect([ends, budget.usedBytes]).toEqual([["relay-memory"], 0]);
});

test("each half closes by itself", () => {
  const { client, store, ends } = start();
  client.receiver.ended();
  expect(store.calls).toEqual(["end"]);
  store.receiver.data(bytes("the answer"));
  expect(client.sent).toBe("the answer");
  expect(ends).toEqual([]);
});

test("a stop ends both sides and gives the reason", () => {
  const { client, store, ends, relay } = start();
  relay.stop("stopped");
  expect([client.calls, store.calls]).toEqual([["destroy"], expect.arrayContaining(["destroy"])]);
  expect(ends).toEqual(["stopped"]);
});

test.each<[string, "client" | "store", "ended" | "closed"]>([
  ["the client closes", "client", "closed"],
  ["the client ends", "client", "ended"],
  ["the store closes", "store", "closed"],
  ["the store ends", "store", "ended"],
])("no time-out is left where %s and the other side closes as soon as it is ended", (_, side, how) => {
  const started = start();
  const { ends, timers } = started;
  const one = started[side];
  const other = started[side === "client" ? "store" : "client"];
  other.end = () => other.receiver.closed();
  one.end = () => one.receiver.closed();
  expect(timers.size).toBe(1);
  one.receiver[how]();
  expect(ends).toEqual([`${side}-closed`]);
  expect(timers.size).toBe(0);
});
