import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newRecord } from "../../../../edge-proxy/observe/session-record.ts";
import {
  createSessionRegistry,
  type LiveSession,
  type SessionRegistry,
} from "../../../../edge-proxy/observe/session-registry.ts";

const ADDRESSES = {
  remoteAddress: "192.0.2.7",
  remotePort: 50_000,
  localAddress: "192.0.2.1",
  localPort: 143,
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Adds sessions that note when they are asked to end; they end at once, or after a while. */
function addSessions(registry: SessionRegistry, count: number, endsAfterMs?: number): number[] {
  const askedMs: number[] = [];
  for (let index = 0; index < count; index++) {
    const session: LiveSession = {
      record: newRecord("main", "imap", ADDRESSES),
      stage: "relay",
      traffic: { fromClient: 0, fromStore: 0 },
      retract: () => false,
      stop() {
        askedMs.push(performance.now());
        if (endsAfterMs === undefined) return registry.delete(session);
        const timer = setInterval(() => {
          clearInterval(timer);
          registry.delete(session);
        }, endsAfterMs);
      },
    };
    registry.add(session);
  }
  return askedMs;
}

test.each([
  ["fewer than one in a step", 10, 3600],
  ["about one in a step", 55, 5],
  ["many in a step", 20_000, 30],
  ["one", 1, 7200],
])("a drain spreads its sessions over the whole time: %s", async (_name, count, seconds) => {
  const registry = createSessionRegistry();
  const askedMs = addSessions(registry, count);
  const startMs = performance.now();
  const drained = registry.drain(seconds);
  await vi.advanceTimersByTimeAsync(seconds * 1000);
  await drained;
  expect(askedMs).toHaveLength(count);
  const intervalMs = (seconds * 1000) / count;
  const lateMs = askedMs.map((ms, index) => ms - startMs - (index + 1) * intervalMs);
  expect(Math.min(...lateMs)).toBeGreaterThan(-0.001);
  expect(Math.max(...lateMs)).toBeLessThan(100.001);
});

test("a drain asks a session that takes its time only once, and waits for it", async () => {
  const registry = createSessionRegistry();
  const askedMs = addSessions(registry, 3, 2000);
  let isOver = false;
  const drained = registry.drain(1).then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(2600);
  expect([askedMs.length, isOver]).toEqual([3, false]);
  await vi.advanceTimersByTimeAsync(500);
  await drained;
  expect([askedMs.length, registry.size]).toEqual([3, 0]);
});

test("a drain also ends sessions that begin meanwhile", async () => {
  const registry = createSessionRegistry();
  addSessions(registry, 1, 1500);
  const drained = registry.drain(1);
  const late = addSessions(registry, 2);
  await vi.advanceTimersByTimeAsync(2600);
  await drained;
  expect(late).toHaveLength(2);
});
