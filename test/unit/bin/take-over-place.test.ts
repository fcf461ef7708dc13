import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeOwnFolder, socketPath } from "../../../bin/take-over/place.ts";
import { makeFolder } from "../../support/workspace.ts";

let folder: ReturnType<typeof makeFolder>;
beforeEach(() => {
  folder = makeFolder("place");
});
afterEach(() => folder.remove());

test("edges are told apart by configuration and instance, however the path is written", () => {
  const config = join(folder.path, "mmp.yaml");
  const link = join(folder.path, "link.yaml");
  writeFileSync(config, "");
  symlinkSync(config, link);
  const place = (of: { config: string; instance?: string }): string =>
    socketPath({ ...of, runFolder: "/run/mmp" });
  expect(place({ config })).toMatch(/^\/run\/mmp\/edge-[0-9a-f]{12}\/socket$/);
  expect(place({ config: link })).toBe(place({ config }));
  const others = [{ config, instance: "a" }, { config, instance: "b" }, { config: `${config}.old` }].map(
    place,
  );
  expect(new Set([place({ config }), ...others]).size).toBe(4);
});

test("the folder is the user's alone, and others may write neither there nor above", () => {
  const above = join(folder.path, "run");
  const own = join(above, "edge-1");
  makeOwnFolder(own);
  expect([above, own].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
  makeOwnFolder(own);
  chmodSync(above, 0o777);
  expect(() => makeOwnFolder(own)).toThrow(`${above} must be a folder in which nobody else may write`);
  chmodSync(above, 0o700);
  mkdirSync(join(above, "elsewhere"));
  symlinkSync(join(above, "elsewhere"), join(above, "edge-2"));
  expect(() => makeOwnFolder(join(above, "edge-2"))).toThrow("nobody else may write");
});
