import { describe, expect, test } from "vitest";
import { MUTATIONS, SHORT } from "./cases.ts";

describe("no state breaks an invariant", () => {
  test.each(SHORT)("$name", ({ explore }) => {
    expect(explore()).toEqual({ states: expect.any(Number), isComplete: true });
  });
});

describe("a fault that is put back in is found", () => {
  test.each(MUTATIONS)("$name", ({ invariant, explore }) => {
    expect(explore().violation?.invariant).toBe(invariant);
  });
});
