import { describe, expect, test } from "vitest";
import type { Change } from "../../../../../../route-api/contract/changes.ts";
import { createFeedRing } from "../../../../../../route-api/http/resources/changes/ring.ts";
import type { FeedPage } from "../../../../../../route-api/store/store.ts";
import { change } from "./support.ts";

describe("the ring", () => {
  const read = (cursor: string, ...names: string[]): FeedPage<Change> => ({
    cursor,
    gap: false,
    items: names.map(change),
  });

  test("gives what came behind a cursor, as much as is asked for", () => {
    const ring = createFeedRing<Change>(100);
    expect(ring.end).toBeUndefined();
    expect(ring.since("c0", 10)).toBeUndefined();
    ring.restart("c0");
    ring.add(read("c1", "a", "b"));
    ring.add(read("c2", "c"));
    expect(ring.since("c0", 10)).toEqual(read("c2", "a", "b", "c"));
    expect(ring.since("c0", 2)).toEqual(read("c1", "a", "b"));
    expect(ring.since("c1", 10)).toEqual(read("c2", "c"));
    expect(ring.since("c2", 10)).toEqual(read("c2"));
    expect(ring.since("between", 10)).toBeUndefined();
  });

  test("forgets the oldest past its capacity, and all at a restart", () => {
    const ring = createFeedRing<Change>(3);
    ring.restart("c0");
    for (const n of [1, 2, 3, 4, 5]) ring.add(read(`c${n}`, `a${n}`));
    expect(ring.since("c1", 10)).toBeUndefined();
    expect(ring.since("c2", 10)).toEqual(read("c5", "a3", "a4", "a5"));
    ring.restart("d0");
    expect(ring.since("c5", 10)).toBeUndefined();
    expect(ring.since("d0", 10)).toEqual(read("d0"));
  });

  test("forgets the oldest reads, too, of a feed whose cursor moves on while nothing comes", () => {
    const ring = createFeedRing<Change>(3);
    ring.restart("c0");
    for (const n of [1, 2, 3, 4, 5]) ring.add(read(`c${n}`));
    expect(ring.since("c1", 10)).toBeUndefined();
    expect(ring.since("c2", 10)).toEqual(read("c5"));
  });
});
