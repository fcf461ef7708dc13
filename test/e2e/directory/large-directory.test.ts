import { once } from "node:events";
import { createWriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { run } from "../../support/child.ts";
import { BASE } from "../../support/slapd.ts";
import { makeFolder } from "../../support/workspace.ts";

/** More entries than fit into the heap that the sync is given. */
const ENTRIES = 200_000;
const HEAP_MB = 48;

test("reads a directory of any size in memory that does not grow with it", async () => {
  const folder = makeFolder("many");
  onTestFinished(() => folder.remove());
  const out = createWriteStream(join(folder.path, "many.ldif"));
  for (let index = 0; index < ENTRIES; index++) {
    const lines = [
      `dn: uid=u${index},ou=people,${BASE}`,
      `uid: u${index}`,
      `mail: u${index}@example.com`,
      `mailAlternateAddress: alias${index}@example.com`,
      `mailHost: store${index % 40}`,
      `entryUUID: 00000000-0000-4000-8000-${index.toString(16).padStart(12, "0")}`,
    ];
    if (!out.write(`${lines.join("\n")}\n\n`)) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");
  const config = join(folder.path, "mmp.yaml");
  writeFileSync(config, stringify({ routeStore: { sqlite: "routes.db" }, directory: { ldif: "many.ldif" } }));
  const heap = `--max-old-space-size=${HEAP_MB}`;
  const { code, output } = await run("node", [heap, "bin/mmp.ts", "sync", "--once", "--config", config]);
  expect({ code, output }).toEqual({
    code: 0,
    output: `${ENTRIES} entries read: ${ENTRIES} written, 0 unchanged, 0 removed`,
  });
}, 300_000);
