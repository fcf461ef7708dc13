import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchFiles } from "../../../../bin/run/watch-files.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-files-"));
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  mkdirSync(at("v1"), { recursive: true });
  mkdirSync(at("v2"), { recursive: true });
  for (const version of ["v1", "v2"]) writeFileSync(at(`${version}/tls`), version);
  rmSync(at("now"), { force: true });
  symlinkSync("v1", at("now"));
  writeFileSync(at("plain"), "1");
  rmSync(at("late"), { force: true });
}

test.each<[string, () => void]>([
  ["is written", () => writeFileSync(at("plain"), "22")],
  [
    "is replaced",
    () => {
      writeFileSync(at("other"), "1");
      renameSync(at("other"), at("plain"));
    },
  ],
  ["goes", () => rmSync(at("plain"))],
  ["comes", () => writeFileSync(at("late"), "")],
  [
    "lies behind a link that changes",
    () => {
      rmSync(at("now"));
      symlinkSync("v2", at("now"));
    },
  ],
])("tells once that a file %s", (_what, change) => {
  setUp();
  const changed = vi.fn();
  const watch = watchFiles(() => [at("plain"), at("late"), at("now/tls")], changed);
  vi.advanceTimersByTime(5_000);
  expect(changed).not.toHaveBeenCalled();
  change();
  vi.advanceTimersByTime(500);
  expect(changed).not.toHaveBeenCalled();
  vi.advanceTimersByTime(5_000);
  expect(changed).toHaveBeenCalledTimes(1);
  watch.close();
});

test("waits until a file is still, and does not tell of what is known", () => {
  setUp();
  const changed = vi.fn();
  const watch = watchFiles(() => [at("plain")], changed);
  for (let size = 2; size < 6; size++) {
    writeFileSync(at("plain"), "x".repeat(size));
    vi.advanceTimersByTime(500);
  }
  expect(changed).not.toHaveBeenCalled();
  watch.catchUp();
  vi.advanceTimersByTime(5_000);
  expect(changed).not.toHaveBeenCalled();
  watch.close();
});

test("looks at the files that a changed configuration names", () => {
  setUp();
  let files = [at("plain")];
  const changed = vi.fn(() => {});
  const watch = watchFiles(() => files, changed);
  files = [at("plain"), at("late")];
  writeFileSync(at("plain"), "new");
  vi.advanceTimersByTime(5_000);
  writeFileSync(at("late"), "");
  vi.advanceTimersByTime(5_000);
  expect(changed).toHaveBeenCalledTimes(2);
  watch.close();
});
