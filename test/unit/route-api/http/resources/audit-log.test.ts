import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { ApiContext } from "../../../../../route-api/http/request-context.ts";
import { createAuditLog } from "../../../../../route-api/http/resources/audit/audit-log.ts";
import { type TestApi, testApi } from "../support.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

test("actions of one millisecond are kept in their order", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    const log = createAuditLog(api.store.lists, 1);
    const context = { var: { caller: { name: "admin" }, requestId: "r" } } as ApiContext;
    const targets = Array.from({ length: 20 }, (_, at) => `user${at}`);
    for (const target of targets)
      await log.note(context, { action: "hold", target, why: "ticket 1", idempotencyKey: undefined });
    const read = await log.read(targets.length, undefined);
    expect(read.map(({ target }) => target)).toEqual(targets.reverse());
  } finally {
    vi.useRealTimers();
  }
});
