import { expect, test } from "vitest";
import { retryDelays } from "../../../../route-api/sync/retry-delays.ts";

test("delays double, up to a minute, and are shortened at random", () => {
  let random = 0;
  const delays = retryDelays(2000, () => random);
  expect([1, 2, 3, 4, 5, 6, 7].map(() => delays.next())).toEqual([
    2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000,
  ]);
  delays.reset();
  random = 1;
  expect(delays.next()).toBe(1000);
});
