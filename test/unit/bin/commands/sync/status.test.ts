import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { printStatus, STATUS_EXIT_CODES, statusText } from "../../../../../bin/commands/sync/status.ts";
import { SyncStatus } from "../../../../../route-api/contract/sync-status.ts";

afterEach(() => vi.restoreAllMocks());

test("a status says what people need to know", () => {
  const status = SyncStatus.parse({
    state: "held",
    leader: "host/1",
    directory: "ldap://ds",
    method: "syncrepl",
    lagSeconds: 0.2,
    lastFullRun: {
      finishedAt: "2026-01-01T00:00:00Z",
      durationMs: 1540,
      read: 10,
      written: 2,
      unchanged: 8,
      removed: 0,
      references: 1,
    },
    held: {
      id: "1",
      since: "2026-01-01T00:00:00Z",
      reason: "too-many-removals",
      wouldRemove: 3,
      of: 10,
      missingCanaries: [],
    },
    skippedCount: 2,
    skipped: [{ place: "uid=a,o=x", reason: "no mailHost" }],
    ambiguousCount: 1,
    ambiguous: [{ name: "info", dns: ["uid=b,o=x", "uid=c,o=x"] }],
  });
  expect(statusText(status)).toBe(`following the directory; removals are on hold
  directory: ldap://ds (syncrepl)
  leader:    host/1
  lag:       0.2 s
  full read: 2026-01-01T00:00:00Z, in 1.5 s: 10 entries read, 2 written, 0 removed, 1 reference not followed
  on hold:   3 of 10 entries would be removed (since 2026-01-01T00:00:00Z); to approve it: mmp sync release
  skipped:   2
    uid=a,o=x: no mailHost
    and 1 more
  ambiguous: 1
    info: uid=b,o=x; uid=c,o=x`);
});

test("each state has its exit code", () => {
  expect(STATUS_EXIT_CODES).toEqual({
    following: 0,
    refreshing: 0,
    behind: 0,
    held: 1,
    failing: 2,
    stopped: 2,
    never: 2,
  });
});

test.each([false, true])("a store that nothing has filled exits with 2; as JSON: %s", async (isJson) => {
  const config = join(mkdtempSync(join(tmpdir(), "mmp-status-")), "mmp.yaml");
  writeFileSync(config, "routeStore: { sqlite: routes.db }\n");
  const printed: string[] = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => printed.push(text));
  await expect(printStatus(config, isJson)).rejects.toMatchObject({ exitCode: 2, message: "" });
  if (isJson) expect(JSON.parse(printed.join("\n"))).toMatchObject({ state: "never" });
  else expect(printed).toEqual(["no sync has ever run"]);
});
