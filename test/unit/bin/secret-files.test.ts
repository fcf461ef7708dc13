import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { fetchFiles } from "../../../bin/secret-files/fetch.ts";
import { SecretManifest, type SecretManifestInput } from "../../../bin/secret-files/manifest.ts";
import { writeFiles } from "../../../bin/secret-files/write.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-secret-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

const VALUES: Record<string, string> = {
  "token AWSCURRENT": "now",
  "token AWSPREVIOUS": "before",
  "tls AWSCURRENT": '{"certificate":"C","key":"K","bits":256}',
  "broken AWSCURRENT": "not JSON",
};
const read = async (secret: string, stage: string): Promise<string | undefined> => {
  if (secret === "denied") throw new Error("AccessDeniedException");
  return VALUES[`${secret} ${stage}`];
};
const fetchAll = (manifest: SecretManifestInput) => fetchFiles(SecretManifest.parse(manifest), read);

test("takes values whole, by key, and by stage, where the current one stands in", async () => {
  const files = await fetchAll([
    { secret: "token", files: { "": "tokens/edge" } },
    { secret: "token", stage: "AWSPREVIOUS", files: { "": "tokens/edge.previous" } },
    { secret: "token", stage: "AWSPENDING", files: { "": "tokens/edge.next" } },
    { secret: "tls", files: { certificate: "tls.crt", key: "tls.key" } },
  ]);
  expect(Object.fromEntries(files)).toEqual({
    "tokens/edge": "now",
    "tokens/edge.previous": "before",
    "tokens/edge.next": "now",
    "tls.crt": "C",
    "tls.key": "K",
  });
});

test.each([
  [{ secret: "empty", files: { "": "x" } }, "secret empty has no value yet"],
  [{ secret: "denied", files: { "": "x" } }, "secret denied cannot be read: AccessDeniedException"],
  [{ secret: "broken", files: { key: "x" } }, "secret broken is not a JSON object"],
  [{ secret: "tls", files: { chain: "x" } }, "secret tls has no string called chain"],
  [{ secret: "tls", files: { bits: "x" } }, "secret tls has no string called bits"],
])("says of %j what is wrong", async (entry, message) => {
  await expect(fetchAll([entry])).rejects.toThrow(message);
});

test.each(["/etc/passwd", "../x", "a/../../x", ".."])("refuses %s as a file", (file) => {
  expect(SecretManifest.safeParse([{ secret: "s", files: { "": file } }]).success).toBe(false);
});

test("writes what has changed, for its own user alone", () => {
  const files = new Map([
    ["mmp.yaml", "a"],
    ["tokens/edge", "b"],
  ]);
  expect(writeFiles(folder, files)).toEqual(["mmp.yaml", "tokens/edge"]);
  expect(writeFiles(folder, files)).toEqual([]);
  expect(writeFiles(folder, files.set("tokens/edge", "c"))).toEqual(["tokens/edge"]);
  expect(readFileSync(join(folder, "tokens/edge"), "utf8")).toBe("c");
  expect(statSync(join(folder, "tokens/edge")).mode & 0o777).toBe(0o600);
});
