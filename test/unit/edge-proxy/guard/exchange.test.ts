import { expect, test } from "vitest";
import { EXCHANGE_SECONDS, Exchange } from "../../../../edge-proxy/guard/exchange.ts";
import { Tally } from "../../../../edge-proxy/guard/tally.ts";
import { type SiblingMessage, Siblings } from "../../../../edge-proxy/siblings.ts";
import { HandWheel } from "../routing/api-double.ts";

/** A worker whose messages wait until they are delivered. */
function worker(timers: HandWheel) {
  const sent: SiblingMessage[] = [];
  const siblings = new Siblings((message) => sent.push(structuredClone(message)));
  const exchange = new Exchange(siblings, timers);
  const tally = new Tally(exchange.news);
  const counts = (): void => exchange.add("clients", tally);
  const deliver = (to: Siblings, from: number): void => {
    for (const message of sent.splice(0)) to.received(message, from);
  };
  return { siblings, tally, counts, deliver };
}

test("a worker that begins to count after others is told what these have", () => {
  const timers = new HandWheel();
  const [one, other] = [worker(timers), worker(timers)];
  one.siblings.joined(2);
  other.siblings.joined(1);
  timers.turn(EXCHANGE_SECONDS);
  one.counts();
  one.tally.enter("a", 1);
  timers.turn(EXCHANGE_SECONDS);
  one.deliver(other.siblings, 1);
  other.counts();
  other.deliver(one.siblings, 2);
  timers.turn(EXCHANGE_SECONDS);
  one.deliver(other.siblings, 1);
  expect(other.tally.enter("a", 1)).toBeUndefined();
});

test("what was told before a worker came, and has ended since, is not counted there", () => {
  const timers = new HandWheel();
  const [one, newcomer] = [worker(timers), worker(timers)];
  one.counts();
  newcomer.counts();
  one.siblings.joined(2);
  const place = one.tally.enter("a", 1);
  timers.turn(EXCHANGE_SECONDS);
  // Worker 2 ends before that is on its way to it; worker 3 takes its place, and hears it.
  one.siblings.left(2);
  place?.leave();
  newcomer.siblings.joined(1);
  one.siblings.joined(3);
  one.deliver(newcomer.siblings, 1);
  expect(newcomer.tally.count("a")).toBe(1);
  timers.turn(EXCHANGE_SECONDS);
  one.deliver(newcomer.siblings, 1);
  expect(newcomer.tally.count("a")).toBe(0);
});
