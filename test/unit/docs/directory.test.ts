import { readFileSync } from "node:fs";
import { FilterParser } from "ldapts";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { DirectoryConfig } from "../../../route-api/config/directory.ts";
import { normalDn } from "../../../route-api/contract/distinguished-names.ts";
import { SyncStatus } from "../../../route-api/contract/sync-status.ts";

const page = readFileSync(new URL("../../../docs/directory.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);

describe("docs/directory.md", () => {
  test.each(blocks)("has settings that can be copied:\n%s", (text) => {
    const { directory, ...others } = parse(text) as { directory: unknown };
    expect(others).toEqual({});
    const config = DirectoryConfig.parse(directory);
    if ("ldif" in config) return;
    expect(() => FilterParser.parseString(config.filter)).not.toThrow();
    expect(normalDn(config.base)).toBeDefined();
    expect(config.bindDn === "" || normalDn(config.bindDn) !== undefined).toBe(true);
  });

  test("has some for each server", () => {
    expect(blocks).toHaveLength(6);
  });

  test("explains every state and every code", () => {
    for (const state of SyncStatus.shape.state.options) expect(page).toContain(`| \`${state}\` |`);
    const source = readFileSync(
      new URL("../../../route-api/directory/directory-error.ts", import.meta.url),
      "utf8",
    );
    const codes = [...source.matchAll(/\| "([a-z-]+)"/g)].map(([, code]) => code);
    expect(codes).toHaveLength(13);
    for (const code of codes) expect(page).toContain(`| \`${code}\` |`);
  });
});
