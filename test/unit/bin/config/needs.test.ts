import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { requireConfiguration } from "../../../../bin/config/for-command.ts";
import { type Command, NEEDS } from "../../../../bin/config/needs.ts";
import { loadStartable } from "../../../../bin/config/startable.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-needs-"));
for (const name of ["token", "users.ldif"]) writeFileSync(join(folder, name), "x\n");
const file = join(folder, "mmp.yaml");

const SECTIONS: Record<string, string> = {
  routeStore: "{ sqlite: r.db }",
  directory: "{ ldif: users.ldif }",
  routeApi: "{ tokenFile: token }",
  stores: '{ "*": { imap: { port: 143 } } }',
  instances: "{ main: { listeners: [{ protocol: imap, port: 1 }] } }",
};

const write = (sections: readonly string[]): void =>
  writeFileSync(file, sections.map((name) => `${name}: ${SECTIONS[name]}\n`).join(""));

test.each(Object.entries(NEEDS))("%s runs with the sections that it needs: %j", (command, needs) => {
  write(needs);
  const configuration = requireConfiguration(file, command as Command);
  expect(Object.keys(configuration).sort()).toEqual([...new Set([...needs, "edge", "history"])].sort());
});

test.each([
  ["mmp sync", ["routeStore"], "mmp sync needs directory in"],
  ["mmp sync status", [], "mmp sync status needs routeStore in"],
  ["mmp route-api", ["directory"], "mmp route-api needs routeStore and routeApi in"],
] as const)("%s says what it lacks", (command, sections, expected) => {
  write(sections);
  expect(() => requireConfiguration(file, command)).toThrow(`${expected} ${file}`);
});

test("an edge says what it lacks", () => {
  write(["stores", "instances"]);
  expect(loadStartable(file, "mmp edge")).toEqual({ mistakes: [`mmp edge needs routeApi in ${file}`] });
});
