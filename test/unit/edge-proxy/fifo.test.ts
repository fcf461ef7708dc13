import { expect, test } from "vitest";
import { Fifo } from "../../../edge-proxy/fifo.ts";
import { collectGarbage } from "../../support/collect-garbage.ts";

test("gives what is still wanted, in order", () => {
  const fifo = new Fifo<number>();
  for (let item = 0; item < 2000; item++) fifo.add(item);
  for (let item = 0; item < 2000; item += 2) fifo.delete(item);
  const taken: (number | undefined)[] = [];
  while (fifo.size > 0) taken.push(fifo.take());
  expect(taken).toEqual(Array.from({ length: 1000 }, (_, index) => index * 2 + 1));
  fifo.add(7);
  expect([fifo.take(), fifo.take()]).toEqual([7, undefined]);
});

test.each([
  ["deleted", (fifo: Fifo<object>, item: object) => void fifo.delete(item)],
  ["taken", (fifo: Fifo<object>) => void fifo.take()],
])("what was %s is not held: it may know a password", async (_how, take) => {
  const fifo = new Fifo<object>();
  const gone = Array.from({ length: 10 }, () => {
    const item = {};
    fifo.add(item);
    take(fifo, item);
    return new WeakRef(item);
  });
  // A reference that was made in this turn holds its object until the next.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(gone.filter((ref) => ref.deref() !== undefined)).toEqual([]);
  expect(fifo.size).toBe(0);
});
