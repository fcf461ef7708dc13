import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { exposedSecrets } from "../../../../bin/config/exposed-secrets.ts";
import { parseConfiguration } from "../../../../bin/config/load.ts";
import { makeCertificate } from "../../../support/workspace.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-exposed-"));
await makeCertificate(folder);
const VDMAP = "vdmap one 10.0.0.1\none:StoreAdmin admin\n";
const files = { token: "x\n", support: "x\n", bind: "x\n", admin: "x\n", "users.ldif": "", vdmap: VDMAP };
for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);

/** The fields that a warning names, if each file has these rights, and the others have none for strangers. */
function warned(modes: Readonly<Record<string, number>>): string[] {
  for (const name of [...Object.keys(files), "tls.crt", "tls.key", "ca.crt"])
    chmodSync(join(folder, name), modes[name] ?? 0o600);
  const admin = { user: "admin", passwordFile: "admin" };
  const result = parseConfiguration(
    join(folder, "mmp.yaml"),
    stringify({
      directory: {
        url: "ldaps://x",
        base: "dc=x",
        bindDn: "cn=x",
        bindPasswordFile: "bind",
        caFile: "ca.crt",
      },
      routeApi: {
        tokenFile: "token",
        tokens: [{ name: "support", file: "support", scopes: ["support"] }],
        certFile: "tls.crt",
        keyFile: "tls.key",
      },
      stores: { "*": { imap: { port: 143 }, storeAdmin: admin } },
      instances: {
        main: {
          listeners: [{ protocol: "imap", port: 143 }],
          tls: { certificates: [{ certFile: "tls.crt", keyFile: "tls.key" }] },
          virtualDomainFile: "vdmap",
          storeAdmin: admin,
        },
      },
    }),
  );
  if (!result.ok) throw new Error(JSON.stringify(result.mistakes));
  return exposedSecrets(result.configuration).map((warning) => {
    expect(warning).toMatch(/: every user can read \/.*; chmod 600 it$/);
    return warning.replace(/: .*/, "");
  });
}

test.each([
  [{}, []],
  [{ "tls.crt": 0o644, "ca.crt": 0o644, "users.ldif": 0o644, vdmap: 0o644 }, []],
  [{ token: 0o640 }, []],
  [{ token: 0o644 }, ["routeApi.tokenFile"]],
  [{ support: 0o604 }, ["routeApi.tokens[0].file"]],
  [{ bind: 0o644 }, ["directory.bindPasswordFile"]],
  [{ admin: 0o644 }, ["stores.*.storeAdmin.passwordFile", "instances.main.storeAdmin.passwordFile"]],
  [{ "tls.key": 0o644 }, ["routeApi.keyFile", "instances.main.tls.certificates[0].keyFile"]],
])("%j", (modes, expected) => {
  expect(warned(modes)).toEqual(expected);
});

test("a virtual domain file is a secret if it has a password", () => {
  writeFileSync(join(folder, "vdmap"), `${VDMAP}one:storeadminpass secret\n`);
  expect(warned({ vdmap: 0o644 })).toEqual(["instances.main.virtualDomainFile"]);
  expect(warned({})).toEqual([]);
  writeFileSync(join(folder, "vdmap"), `${VDMAP}# one:StoreAdminPass gone\n`);
  expect(warned({ vdmap: 0o644 })).toEqual([]);
});
