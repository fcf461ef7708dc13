import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const PROJECT = fileURLToPath(new URL("../../../", import.meta.url));
/** A path from the project's folder in backticks: it begins in one of the rooms. */
const PATH = /`((?:bin|docs|edge-proxy|infra|route-api|test)(?:\/[\w.-]+)*\/?)`/g;
const LINK = /\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g;

describe.each(["README.md", "CONTRIBUTING.md", "docs/architecture.md"])("%s", (page) => {
  const text = readFileSync(join(PROJECT, page), "utf8");
  const paths = [...text.matchAll(PATH)].map(([, path = ""]) => path);
  const links = [...text.matchAll(LINK)].map(([, link = ""]) => join(dirname(page), link));

  test.each([...new Set([...paths, ...links])])("names %s, which is there", (path) => {
    expect(existsSync(join(PROJECT, path))).toBe(true);
  });
});

test("docs/architecture.md has a row for each room, and no other", () => {
  const text = readFileSync(join(PROJECT, "docs/architecture.md"), "utf8");
  const rows = [...text.matchAll(/^\| `([\w/-]+)` \|/gm)].map(([, room]) => room);
  const rooms = globSync("{bin,edge-proxy,infra,route-api}/*/", { cwd: PROJECT });
  expect(rows.sort()).toEqual(rooms.map((room) => room.replace(/\/$/, "")).sort());
});
