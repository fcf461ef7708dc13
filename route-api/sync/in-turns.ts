import { setImmediate as turn } from "node:timers/promises";

/** Values between two turns of the event loop. */
const VALUES_A_TURN = 200;

/**
 * The same values, and now and then time for everything else: a store in this process answers at once, and so many
 * answers in a row would let no lease be renewed and no change be told.
 */
export async function* inTurns<T>(values: AsyncIterable<T>): AsyncGenerator<T> {
  let count = 0;
  for await (const value of values) {
    if (++count % VALUES_A_TURN === 0) await turn();
    yield value;
  }
}
