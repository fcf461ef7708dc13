import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkHost, expiryWarnings } from "../../../../../bin/config/checks/host.ts";
import { Configuration } from "../../../../../bin/config/schema.ts";
import { makeCertificate } from "../../../../support/workspace.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-host-"));
const DAY_MS = 86_400_000;
const { certFile, keyFile } = await makeCertificate(folder);
const configuration = Configuration.parse({
  routeStore: { sqlite: join(folder, "deeper", "still", "routes.db") },
  instances: {
    main: { listeners: [{ protocol: "imap", port: 1143 }], tls: { certificates: [{ certFile, keyFile }] } },
  },
});
const texts = (nowMs: number, change: object = {}): string[] =>
  checkHost({ ...configuration, ...change }, nowMs).map(({ path, text }) =>
    `${path.join(".")}: ${text}`.replaceAll(`${folder}/`, ""),
  );

test("nothing is wrong with a folder that can be made and a certificate that is valid", () => {
  expect(texts(Date.now())).toEqual([]);
});

test("a path below a file is no folder", () => {
  writeFileSync(join(folder, "file"), "");
  const routeStore = { sqlite: join(folder, "file", "routes.db") };
  expect(texts(Date.now(), { routeStore })).toEqual(["routeStore.sqlite: file is not a folder"]);
});

test("a certificate that has expired is a mistake, one that soon will a warning", () => {
  // The certificate is valid for a day.
  const later = Date.now() + 2 * DAY_MS;
  expect(texts(later)).toEqual([
    expect.stringMatching(
      /^instances\.main\.tls\.certificates\.0\.certFile: the certificate in tls\.crt expired on \d{4}-\d\d-\d\d$/,
    ),
  ]);
  expect(expiryWarnings(configuration, later)).toEqual([expect.stringMatching(/expired on/)]);
  const warnings = expiryWarnings(configuration, Date.now() - 5 * DAY_MS);
  expect(warnings).toEqual([expect.stringMatching(/tls\.crt expires on \d{4}-\d\d-\d\d, in [56] days$/)]);
  expect(expiryWarnings(configuration, Date.now() - 30 * DAY_MS)).toEqual([]);
});
