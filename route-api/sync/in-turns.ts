import { setImmediate as turn } from "node:timers/promises";

/** Values per turn of the event loop. */
const VALUES_A_TURN = 200;

/**
 * The same values, with a turn of the event loop now and then: an embedded store answers immediately, and a long run of
 * such answers would starve the lease's heartbeat and the announcements.
 */
export async function* inTurns<T>(values: AsyncIterable<T>): AsyncGenerator<T> {
  let count = 0;
  for await (const value of values) {
    if (++count % VALUES_A_TURN === 0) await turn();
    yield value;
  }
}
