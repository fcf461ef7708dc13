import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { importConfiguration } from "../../../../bin/import/import.ts";
import { readInput } from "../../../../bin/import/input.ts";
import { writeOutput } from "../../../../bin/import/output.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mmp-import-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("what an import writes", () => {
  const FILES = new Map([
    ["mmp.yaml", { content: "new\n", secret: false }],
    ["secrets/ldap", { content: "hush\n", secret: true }],
  ]);

  test("has secrets that their owner alone reads", () => {
    const out = join(folder, "a/b");
    writeOutput(out, FILES, false);
    expect(readFileSync(join(out, "mmp.yaml"), "utf8")).toBe("new\n");
    expect(statSync(join(out, "secrets/ldap")).mode & 0o777).toBe(0o600);
    expect(statSync(join(out, "secrets")).mode & 0o777).toBe(0o700);
    expect(readdirSync(out).sort()).toEqual(["mmp.yaml", "secrets"]);
  });

  test("replaces nothing without --force, and adds nothing then", () => {
    writeFileSync(join(folder, "mmp.yaml"), "old\n");
    expect(() => writeOutput(folder, FILES, false)).toThrow(/already has mmp.yaml; use --force to replace/);
    expect(readdirSync(folder)).toEqual(["mmp.yaml"]);
    expect(readFileSync(join(folder, "mmp.yaml"), "utf8")).toBe("old\n");
    writeOutput(folder, FILES, true);
    expect(readFileSync(join(folder, "mmp.yaml"), "utf8")).toBe("new\n");
  });

  test("leaves no half of it where the folder cannot be written", () => {
    writeFileSync(join(folder, "file"), "");
    expect(() => writeOutput(join(folder, "file/out"), FILES, false)).toThrow(/cannot be written/);
    expect(readdirSync(folder)).toEqual(["file"]);
  });
});

test.each([
  [
    "a virtual domain file with StoreAdminPass",
    "vdmap a 10.0.0.1\na:StoreAdmin x\na:StoreAdminPass hush\n",
    true,
  ],
  ["one that is refused, with BindPass", "vdmap a 10.0.0.1\na:LdapUrl ldap://x\n  a:bindpass hush\n", true],
  ["one with Windows line ends", "vdmap a 10.0.0.1\r\na:StoreAdminPass hush\r\n", true],
  ["one without", "vdmap a 10.0.0.1\na:StoreAdmin x\n# a:StoreAdminPass hush\n", false],
])("%s is private if it must be", (_what, text, isSecret) => {
  writeFileSync(join(folder, "vdmap.cfg"), text);
  const path = join(folder, "ImapProxyAService.cfg");
  const lines = ["default:LdapUrl ldap://ds/o=isp", "default:VirtualDomainFile vdmap.cfg", ""].join("\n");
  const { files } = importConfiguration("mmp", [{ path, text: lines }]);
  const out = join(folder, "out");
  writeOutput(out, files, false);
  const [copy = ""] = readdirSync(out).filter((name) => name.endsWith("vdmap"));
  expect(readFileSync(join(out, copy), "utf8")).toBe(text);
  const ofAll = [...files.keys()].filter((name) => (statSync(join(out, name)).mode & 0o077) === 0);
  expect(ofAll.includes(copy)).toBe(isSecret);
  // The report lists just these.
  const [, listed = ""] =
    /^Files with secrets.*\n((?: {2}.*\n)+)/m.exec(readFileSync(join(out, "import-report.txt"), "utf8")) ??
    [];
  expect(listed.trim().split(/\n\s*/).sort()).toEqual(ofAll.sort());
});

describe("what an import reads", () => {
  const put = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  test.each([
    ["AService.cfg", "", "mmp"],
    ["old.txt", "# x\ndefault:Banner x\n", "mmp"],
    ["popmap", "", "perdition"],
    ["map.txt", "alice: store1\n", "perdition"],
    ["mail.conf", "mail {\n}\n", "nginx"],
  ])("%s is known by its name or text", (name, text, kind) => {
    expect(readInput([put(name, text)], undefined).kind).toBe(kind);
  });

  test("says that it cannot tell, or cannot read", () => {
    expect(() => readInput([put("x", "hello")], undefined)).toThrow(/add --from mmp, or --from perdition/);
    expect(readInput([join(folder, "x")], "perdition").kind).toBe("perdition");
    expect(() => readInput([join(folder, "nowhere")], undefined)).toThrow(/nowhere cannot be read: ENOENT/);
    mkdirSync(join(folder, "empty"));
    expect(() => readInput([join(folder, "empty")], undefined)).toThrow(/no configuration found/);
  });

  test("leaves out templates, and takes old encodings", () => {
    put("ImapProxyAService-def.cfg", "x");
    writeFileSync(join(folder, "ImapProxyAService.cfg"), Buffer.from("default:Banner Gr\xfc\xdfe", "latin1"));
    const { files } = readInput([folder], undefined);
    expect(files.map(({ text }) => text)).toEqual(["default:Banner Grüße"]);
  });
});
