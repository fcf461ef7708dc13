import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder, PROJECT } from "../../../support/workspace.ts";

const PASSWORD = "correct-horse-battery-staple";
const NAME = "somebody.with.a.name@example.com";

/** Reads a login as a dialogue does, keeps what is made of it, and writes all that is in memory then. */
const PROGRAM = `
  import { writeHeapSnapshot } from "node:v8";
  import { decodeOctets } from "./edge-proxy/protocol/octets.ts";
  import { loginName } from "./edge-proxy/identity/login-name.ts";
  const [, file] = process.argv;
  function read() {
    const text = decodeOctets(Buffer.from(process.env.LINE, "base64"));
    const [, name] = text.split(" ");
    return loginName(name, { delimiters: "@", canonicalDelimiter: "@", defaultDomain: "" });
  }
  globalThis.kept = read();
  delete process.env.LINE;
  writeHeapSnapshot(file);
`;

test("a login name does not keep the password that came with it in memory", () => {
  const folder = makeFolder("heap");
  const file = join(folder.path, "login.heapsnapshot");
  const LINE = Buffer.from(`LOGIN ${NAME} ${PASSWORD}`).toString("base64");
  execFileSync(
    process.execPath,
    ["--no-warnings", "--input-type=module-typescript", "--eval", PROGRAM, file],
    {
      cwd: PROJECT,
      env: { ...process.env, LINE },
    },
  );
  const heap = readFileSync(file, "latin1");
  folder.remove();
  expect(heap).toContain(NAME);
  expect(heap).not.toContain(PASSWORD);
});
