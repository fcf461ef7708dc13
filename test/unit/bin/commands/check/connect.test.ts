import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { askAll } from "../../../../../bin/commands/check/connect.ts";
import { Configuration } from "../../../../../bin/config/schema.ts";
import { openStore } from "../../../../../route-api/store/open.ts";
import { freePort } from "../../../../support/workspace.ts";
import { put } from "../../../../support/writes.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-connect-"));
const routeStore = { sqlite: join(folder, "routes.db") };
const port = await freePort();
const entry = (name: string, mailHost: string) => ({
  uuid: name,
  dn: `uid=${name},o=x`,
  account: name,
  logins: [name],
  mailHost: [mailHost],
  version: "1",
});

test("names hosts of the route store that stores lacks, and what does not answer", async () => {
  const store = openStore(routeStore);
  await store.create();
  await put(store, [entry("ann", "store1.example.com"), entry("bob", "store2.example.com")]);
  await store.close();
  writeFileSync(join(folder, "token"), "x\n");
  const configuration = Configuration.parse({
    routeStore,
    routeApi: { url: `http://127.0.0.1:${port}`, tokenFile: join(folder, "token") },
    stores: { "Store1.example.com": { address: "127.0.0.1", imap: { port, tls: "none" } } },
  });
  const answers = await askAll(configuration);
  expect(answers).toEqual([
    {
      of: "store store2.example.com",
      ok: false,
      text: 'stores has no entry for it, and no "*"; it is the mailHost of uid=bob,o=x',
    },
    {
      of: `store Store1.example.com, imap on 127.0.0.1 port ${port}`,
      ok: false,
      text: expect.stringMatching(/ECONNREFUSED/),
    },
    {
      of: `route API at http://127.0.0.1:${port}`,
      ok: false,
      text: `nothing listens on 127.0.0.1:${port}; is mmp route-api running?`,
    },
  ]);
});
