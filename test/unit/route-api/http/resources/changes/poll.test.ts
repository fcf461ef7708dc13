import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Changes } from "../../../../../../route-api/contract/changes.ts";
import type { Question } from "../../../../../../route-api/contract/questions.ts";
import { problemOf, type TestApi, testApi } from "../../support.ts";
import { change, countReads, interceptReads, namesOf } from "./support.ts";

const question = (id: string): Question => ({
  id,
  ask: "kick",
  selection: { account: "alice@example.com" },
  ttlMs: 1000,
});
const idsOf = ({ asks }: Changes): string[] | undefined => asks?.questions.map(({ id }) => id);

describe("a poll of both feeds", () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await testApi();
    // The cursor of a feed that never had anything tells the time.
    await api.store.changes.append([change("first")]);
    await api.store.questions.append([question("first")]);
  });
  afterEach(() => api.close());

  const poll = async (query: Record<string, string>): Promise<Changes> =>
    Changes.parse(await (await api.get(`/v1/changes?${new URLSearchParams(query)}`)).json());
  /** Cursors at the ends. */
  const ends = async (): Promise<{ after: string; asks: string }> => {
    const { cursor, asks } = await poll({ asks: "", wait: "50" });
    return { after: cursor, asks: asks?.cursor ?? "" };
  };

  test("without asks there are no questions", async () => {
    await api.store.questions.append([question("a")]);
    expect((await poll({})).asks).toBeUndefined();
  });

  test("begins at both ends, and has nothing of what was before", async () => {
    await api.store.changes.append([change("before")]);
    await api.store.questions.append([question("before")]);
    const answer = await poll({ asks: "", wait: "50" });
    expect([namesOf(answer), idsOf(answer)]).toEqual([[], []]);
    const { cursor: after } = await poll({});
    expect(idsOf(await poll({ after, asks: "", wait: "50" }))).toEqual([]);
  });

  test("waits for either, and each cursor moves by itself", async () => {
    const begin = await ends();
    const asked = poll({ ...begin, wait: "50" });
    await expect.poll(() => api.tail.waiting).toBe(1);
    await api.store.questions.append([question("a"), question("b")]);
    const first = await asked;
    expect([namesOf(first), idsOf(first), first.cursor]).toEqual([[], ["a", "b"], begin.after]);

    const next = { after: first.cursor, asks: first.asks?.cursor ?? "" };
    const changed = poll({ ...next, wait: "50" });
    await expect.poll(() => api.tail.waiting).toBe(1);
    await api.store.changes.append([change("a")]);
    const second = await changed;
    expect([namesOf(second), idsOf(second), second.asks?.cursor]).toEqual([["a"], [], next.asks]);
    expect(idsOf(await poll({ ...next, asks: begin.asks }))).toEqual(["a", "b"]);
  });

  test("without anything new it ends with the cursors as they were", async () => {
    await api.store.changes.append([change("a")]);
    await api.store.questions.append([question("a")]);
    const begin = await ends();
    const answer = await poll({ ...begin, wait: "0.1" });
    expect([answer.cursor, answer.asks?.cursor]).toEqual([begin.after, begin.asks]);
    expect(await poll(begin)).toEqual(answer);
  });

  test("a gap in one feed is none in the other", async () => {
    const begin = await ends();
    await api.store.changes.append([change("a")]);
    const lost = await poll({ ...begin, asks: "999999999999999.unknown", wait: "50" });
    expect([lost.gap, namesOf(lost), lost.asks?.gap, idsOf(lost)]).toEqual([false, ["a"], true, []]);
    await api.store.questions.append([question("b")]);
    const other = await poll({ after: "999999999999999.unknown", asks: lost.asks?.cursor ?? "", wait: "50" });
    expect([other.gap, namesOf(other), other.asks?.gap]).toEqual([true, [], false]);
    expect(idsOf(await poll({ after: other.cursor, asks: lost.asks?.cursor ?? "" }))).toEqual(["b"]);
  });

  test("a question comes with every change that was made before it, though a read of changes is under way", async () => {
    const begin = await ends();
    let holdBack = false;
    const late: (() => void)[] = [];
    // A read that has begun answers as things were then, long afterwards.
    interceptReads(api.store, async (read) => {
      const page = await read();
      if (holdBack) await new Promise<void>((resolve) => late.push(resolve));
      return page;
    });
    const polls = Array.from({ length: 3 }, () => poll({ ...begin, wait: "50" }));
    await expect.poll(() => api.tail.waiting).toBe(3);
    holdBack = true;
    await expect.poll(() => late.length).toBe(1);
    const early = poll(begin);
    await expect.poll(() => late.length).toBe(2);
    holdBack = false;
    await api.store.changes.append([change("held")]);
    await api.store.questions.append([question("kick")]);
    for (const answer of await Promise.all(polls)) {
      expect([namesOf(answer), idsOf(answer)]).toEqual([["held"], ["kick"]]);
    }
    for (const answer of late) answer();
    await early;
  });

  test("questions wait until all changes are told", async () => {
    const begin = await ends();
    const many = Array.from({ length: 1500 }, (_, n) => change(`n${n}`));
    await api.store.changes.append(many);
    await api.store.questions.append([question("kick")]);
    const first = await poll({ ...begin, wait: "50" });
    expect(namesOf(first).length).toBeGreaterThanOrEqual(1000);
    expect([idsOf(first), first.asks?.cursor]).toEqual([[], begin.asks]);
    const second = await poll({ after: first.cursor, asks: begin.asks, wait: "50" });
    expect(namesOf(first).length + namesOf(second).length).toBe(1500);
    expect(idsOf(second)).toEqual(["kick"]);
  });

  test("many polls share the reads that a question causes", async () => {
    const begin = await ends();
    const polls = Array.from({ length: 100 }, () => poll({ ...begin, wait: "50" }));
    await expect.poll(() => api.tail.waiting).toBe(100);
    const reads = countReads(api.store);
    await api.store.questions.append([question("kick")]);
    for (const answer of await Promise.all(polls)) expect(idsOf(answer)).toEqual(["kick"]);
    expect(reads.count).toBeLessThan(20);
  });

  test("feeds that cannot be read are a problem", async () => {
    const begin = await ends();
    api.store.questions.after = () => Promise.reject(new Error("out"));
    const response = await api.get(`/v1/changes?${new URLSearchParams({ ...begin, asks: "" })}`);
    expect(response.status).toBe(500);
  });

  test.each(["a b", "é", "", "x".repeat(129)])("refuses an edge called %j", async (edge) => {
    const response = await api.get(`/v1/changes?${new URLSearchParams({ edge })}`);
    expect(await problemOf(response)).toBe("400 bad-request");
  });
});
