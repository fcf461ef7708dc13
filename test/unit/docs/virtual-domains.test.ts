import { expect, test } from "vitest";
import { parseAccess } from "../../../edge-proxy/guard/access-rules.ts";
import { parseReplayFormat } from "../../../edge-proxy/identity/replay-format.ts";
import { parseSearchFormat } from "../../../edge-proxy/identity/search-format.ts";
import { parseVdmap } from "../../../edge-proxy/identity/virtual-domains/vdmap.ts";
import { examplesOf, rowsOf, schemaFaults } from "./examples.ts";

const PAGE = "virtual-domains.md";

const READERS: Record<string, (text: string) => void> = {
  yaml: (text) => expect(schemaFaults(text)).toBeNull(),
  vdmap: (text) => expect(parseVdmap(text)).toMatchObject({ ok: true, ignored: [] }),
  searchformat: eachLine((line) => expect(parseSearchFormat(line)).toMatchObject({ ok: true })),
  replayformat: eachLine((line) => expect(parseReplayFormat(line)).toMatchObject({ ok: true })),
  access: eachLine((line) => expect(parseAccess([line])).toMatchObject({ ok: true })),
};

function eachLine(read: (line: string) => void): (text: string) => void {
  return (text) => text.trimEnd().split("\n").forEach(read);
}

test.each(examplesOf(PAGE))("the example $language is read: $text", ({ language, text }) => {
  const read = READERS[language];
  expect(read).toBeDefined();
  read?.(text);
});

test.each(rowsOf(PAGE, "Property"))("the property %s can be %s", (property, value) => {
  expect(parseVdmap(`vdmap a 192.0.2.1\na:${property} ${value}\n`)).toMatchObject({ ok: true });
});

test("the first example does what the page says", () => {
  const [, example] = examplesOf(PAGE);
  const read = parseVdmap(example?.text ?? "");
  expect(read).toMatchObject({
    domains: [
      { name: "acme", overrides: { defaultDomain: "acme.example" } },
      {
        name: "globex",
        overrides: { defaultDomain: "globex.example", replayFormat: { text: "%U" }, preAuth: true },
      },
    ],
  });
});
