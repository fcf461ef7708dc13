import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkDirectory } from "../../../../../bin/config/checks/directory.ts";
import { DirectoryConfig } from "../../../../../route-api/config/directory.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-directory-"));
const password = join(folder, "password");
writeFileSync(password, "secret\n");
const GOOD = { url: "ldap://127.0.0.1", base: "dc=x", bindDn: "cn=sync,dc=x", bindPasswordFile: password };

const faults = (change: object): string[] =>
  checkDirectory(DirectoryConfig.parse({ ...GOOD, ...change })).map(
    ({ path, text }) => `${path.join(".")}: ${text}`,
  );

test.each([
  [{}, []],
  [{ bindDn: "", bindPasswordFile: undefined }, []],
  [{ bindPasswordFile: undefined }, ["directory.bindDn: needs bindPasswordFile"]],
  [{ bindPasswordFile: "/nowhere" }, ["directory.bindPasswordFile: /nowhere does not exist"]],
  [{ base: "example.com" }, ["directory.base: example.com is not a DN"]],
  [{ certFile: password }, ["directory.certFile: needs keyFile"]],
  [
    { certFile: password, keyFile: password },
    [`directory.certFile: ${password} contains no PEM certificate`],
  ],
  [
    { bind: "external" },
    [
      "directory.bind: external needs certFile and keyFile",
      "directory.bind: external needs ldaps:// or startTls",
    ],
  ],
])("%j", (change, expected) => {
  expect(faults(change)).toEqual(expected);
});
