import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../../support/child.ts";
import { BASE, type Slapd, startSlapd } from "../../support/slapd.ts";
import { makeFolder } from "../../support/workspace.ts";
import { type RunningApi, runApi } from "./running-api.ts";

const dn = `uid=alice,${BASE}`;

let slapd: Slapd;
let api: RunningApi;
let folder: ReturnType<typeof makeFolder>;
beforeAll(async () => {
  folder = makeFolder("login-origins");
  const bindPasswordFile = join(folder.path, "bind-password");
  slapd = await startSlapd(
    `dn: ${dn}\nobjectClass: inetOrgPerson\nobjectClass: mailUser\nuid: alice\ncn: Alice\nsn: A\nmail: alice@example.com\nmailHost: store1.example.com\n`,
  );
  const entry = {
    uuid: "4b3c7a52-0000-0000-0000-000000000001",
    account: "alice@example.com",
    logins: ["alice", "alice@example.com", "gone@example.com"],
    mailHost: ["store1.example.com"],
    version: "1",
  };
  writeFileSync(bindPasswordFile, slapd.bindPassword);
  api = await runApi("bun", {
    entries: ["alice", "bob"].map((name, index) =>
      index === 0
        ? { ...entry, dn }
        : { ...entry, dn: `uid=${name},${BASE}`, uuid: `${entry.uuid}b`, account: name, logins: [name] },
    ),
    directory: {
      url: slapd.url,
      base: BASE,
      bindDn: slapd.bindDn,
      bindPasswordFile,
      allowClearText: true,
    },
    routeApi: { url: "http://127.0.0.1:1" },
  });
});
afterAll(async () => {
  await api?.stop();
  await slapd?.remove();
  folder?.remove();
});

const route = (...args: string[]) =>
  run("bun", ["bin/mmp.ts", "route", ...args, "--config", join(api.folder, "mmp.yaml"), "--url", api.url]);

test("mmp route --directory says which attribute gives each login name", async () => {
  const { code, output } = await route("alice", "--directory");
  expect(output).toContain(
    "logins:   alice (uid), alice@example.com (mail), gone@example.com (not in the directory)",
  );
  expect(code).toBe(0);
});

test("and so as JSON, also of an entry that the directory no longer has", async () => {
  const { code, output } = await route("bob", "--directory", "--json");
  expect(JSON.parse(output)).toMatchObject({ loginOrigins: { bob: [] } });
  expect(code).toBe(0);
});

test("without it, the directory is not asked", async () => {
  const { output } = await route("alice");
  expect(output).toContain("logins:   alice, alice@example.com, gone@example.com");
});

test("a directory that cannot be asked is a failure", async () => {
  await slapd.stop();
  const { code, output } = await route("alice", "--directory");
  expect(output).toContain("the directory cannot be asked: ");
  expect(code).toBe(2);
});
