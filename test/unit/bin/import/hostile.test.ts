import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "../../../../bin/failure.ts";
import type { Kind } from "../../../../bin/import/kinds.ts";
import { ROWS } from "../../../../bin/import/mmp/rows.ts";
import { importTexts } from "./support.ts";

const value = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }).map((text) => text.replace(/[\r\n]/g, "")),
  fc.constantFrom("yes", "no", "143", '"a b"', "(uid=%s)", "ldap://a/b", "x@1|2", '"'),
);
const name = fc.constantFrom(...ROWS.map((row) => row.name), "ServiceList", "Odd");
const cfg = fc
  .array(fc.tuple(fc.constantFrom("default", "other"), name, value), { maxLength: 6 })
  .map((lines) => lines.map(([section, key, text]) => `${section}:${key} ${text}`).join("\n"));
const nginx = fc
  .array(
    fc.constantFrom(
      "mail",
      "{",
      "}",
      ";",
      "server",
      "listen",
      "143",
      "ssl",
      '"',
      "'",
      "\\",
      "$",
      " ",
      "\n",
      "é",
    ),
  )
  .map((words) => words.join(" "));
const popmap = fc
  .array(fc.tuple(value, value))
  .map((lines) => lines.map((pair) => pair.join(":")).join("\n"));

/** Imports, or ends in plain lines; anything else is thrown on. */
function importOrFail(kind: Kind, texts: Record<string, string>): void {
  try {
    importTexts(kind, texts);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.message).not.toBe("");
  }
}

describe("whatever stands in a file, the import ends with a result or a clear failure", () => {
  test("of a multiplexor", () => {
    fc.assert(fc.property(cfg, (text) => importOrFail("mmp", { "ImapProxyAService.cfg": text })));
    fc.assert(
      fc.property(cfg, cfg, (shared, own) =>
        importOrFail("mmp", {
          "AService.cfg": shared,
          "ImapProxyAService.cfg": own,
          "PopProxyAService.cfg": own,
        }),
      ),
    );
  });

  test("of nginx", () => {
    fc.assert(fc.property(nginx, (text) => importOrFail("nginx", { "nginx.conf": text })));
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) =>
        importOrFail("nginx", { "nginx.conf": `mail {${text}}` }),
      ),
    );
  });

  test("of Perdition", () => {
    fc.assert(fc.property(popmap, (text) => importOrFail("perdition", { popmap: text })));
  });
});
