import { expect, test } from "vitest";
import type { Order } from "../../../../bin/workers/messages.ts";
import { type Line, Switchboard } from "../../../../bin/workers/switchboard.ts";

function line(): Line & { orders: Order[] } {
  const orders: Order[] = [];
  return { orders, send: (order) => orders.push(order) };
}

test("workers learn of each other, and hear what the others say", () => {
  const board = new Switchboard();
  const [a, b, c] = [line(), line(), line()] as const;
  for (const each of [a, b, c]) board.join(each);
  expect(a.orders).toEqual([
    { do: "meet", worker: 2 },
    { do: "meet", worker: 3 },
  ]);
  expect(c.orders).toEqual([
    { do: "meet", worker: 1 },
    { do: "meet", worker: 2 },
  ]);
  for (const each of [a, b, c]) each.orders.length = 0;
  const all = { channel: "x", body: 1 };
  const one = { channel: "x", body: 2, to: 2 };
  board.say(a, all);
  board.say(a, one);
  expect(a.orders).toEqual([]);
  expect(b.orders).toEqual([
    { do: "hear", from: 1, message: all },
    { do: "hear", from: 1, message: one },
  ]);
  expect(c.orders).toEqual([{ do: "hear", from: 1, message: all }]);
});

test("a worker that ends is no longer heard, and its place gets another number", () => {
  const board = new Switchboard();
  const [a, b, again] = [line(), line(), line()] as const;
  board.join(a);
  board.join(b);
  board.leave(b);
  board.leave(b);
  board.say(b, { channel: "x", body: 1 });
  board.join(again);
  expect(a.orders).toEqual([
    { do: "meet", worker: 2 },
    { do: "part", worker: 2 },
    { do: "meet", worker: 3 },
  ]);
});

test("a reload joins nobody twice", () => {
  const board = new Switchboard();
  const [a, b] = [line(), line()] as const;
  for (const each of [a, b, a, b]) board.join(each);
  expect(a.orders).toHaveLength(1);
});
