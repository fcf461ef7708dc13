import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Fetched, fetchConfiguration, fetchSecrets } from "../../../bin/secret-files/fetch.ts";
import { SecretManifest, type SecretManifestInput } from "../../../bin/secret-files/manifest.ts";
import { writeFiles, writeSecrets } from "../../../bin/secret-files/write.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-secret-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

const VALUES: Record<string, string> = {
  "token AWSCURRENT": "now",
  "token AWSPREVIOUS": "before",
  "tls AWSCURRENT": '{"certificate":"C","key":"K","bits":256}',
  "broken AWSCURRENT": "not JSON",
  "configuration AWSCURRENT": JSON.stringify({
    files: { "mmp.yaml": "M" },
    secrets: [
      { secret: "empty", files: { "": "x" } },
      { secret: "token", files: { "": "tokens/edge" } },
    ],
  }),
};
const read = async (secret: string, stage: string): Promise<string | undefined> => {
  if (secret === "denied") throw new Error("AccessDeniedException");
  return VALUES[`${secret} ${stage}`];
};
const fetchAll = (manifest: SecretManifestInput) => fetchSecrets(SecretManifest.parse(manifest), read);
const filesOf = ({ secrets }: Fetched) => Object.fromEntries(secrets.flatMap(({ files }) => [...files]));

test("takes values whole, by key, and by stage, where the current one stands in", async () => {
  const fetched = await fetchAll([
    { secret: "token", files: { "": "tokens/edge" } },
    { secret: "token", stage: "AWSPREVIOUS", files: { "": "tokens/edge.previous" } },
    { secret: "token", stage: "AWSPENDING", files: { "": "tokens/edge.next" } },
    { secret: "tls", files: { certificate: "tls.crt", key: "tls.key" } },
  ]);
  expect(filesOf(fetched)).toEqual({
    "tokens/edge": "now",
    "tokens/edge.previous": "before",
    "tokens/edge.next": "now",
    "tls.crt": "C",
    "tls.key": "K",
  });
  expect(fetched.failures).toEqual([]);
});

test.each([
  [{ secret: "empty", files: { "": "x" } }, "secret empty has no value yet"],
  [{ secret: "denied", files: { "": "x" } }, "secret denied cannot be read: AccessDeniedException"],
  [{ secret: "broken", files: { key: "x" } }, "secret broken is not JSON"],
  [{ secret: "tls", files: { chain: "x" } }, "secret tls has no text called chain"],
  [{ secret: "tls", files: { bits: "x" } }, "secret tls has no text called bits"],
])("says of %j what is wrong, and fetches the others", async (entry, message) => {
  const fetched = await fetchAll([entry, { secret: "token", files: { "": "tokens/edge" } }]);
  expect(fetched.failures).toEqual([message]);
  expect(filesOf(fetched)).toEqual({ "tokens/edge": "now" });
});

describe("a configuration in a secret", () => {
  test("comes with the secrets that it lists, behind them", async () => {
    const fetched = await fetchConfiguration("configuration", read);
    expect(fetched.secrets.map(({ secret }) => secret)).toEqual(["token", "configuration"]);
    expect(filesOf(fetched)).toEqual({ "mmp.yaml": "M", "tokens/edge": "now" });
    expect(fetched.failures).toEqual(["secret empty has no value yet"]);
  });

  test.each([
    ["empty", "secret empty has no value yet"],
    ["broken", "secret broken is not JSON"],
    ["tls", expect.stringContaining("files")],
  ])("that is %s changes nothing", async (secret, message) => {
    expect(await fetchConfiguration(secret, read)).toEqual({ secrets: [], failures: [message] });
  });
});

test.each(["/etc/passwd", "../x", "a/../../x", ".."])("refuses %s as a file", (file) => {
  expect(SecretManifest.safeParse([{ secret: "s", files: { "": file } }]).success).toBe(false);
});

describe("writes", () => {
  const secrets = (files: Record<string, string>) =>
    Object.entries(files).map(([file, text]) => ({ secret: file, files: new Map([[file, text]]) }));
  const text = (file: string) => readFileSync(join(folder, file), "utf8");

  test("what has changed, for its own user alone", () => {
    const sound = () => [];
    writeFiles(folder, secrets({ "mmp.yaml": "a" }));
    expect(writeSecrets(folder, secrets({ "mmp.yaml": "a", "tokens/edge": "b" }), sound)).toEqual({
      changed: ["tokens/edge"],
      failures: [],
    });
    expect(writeSecrets(folder, secrets({ "mmp.yaml": "a", "tokens/edge": "c" }), sound).changed).toEqual([
      "tokens/edge",
    ]);
    expect(text("tokens/edge")).toBe("c");
    expect(statSync(join(folder, "tokens/edge")).mode & 0o777).toBe(0o600);
  });

  test("not a secret that makes a mistake, and all the others", () => {
    // As a check of mmp.yaml: each file that holds "bad" is a mistake.
    const check = () => ["one", "two", "three"].filter((file) => text(`pem/${file}`) === "bad");
    writeFiles(folder, secrets({ "pem/one": "1", "pem/two": "2", "pem/three": "bad" }));
    const written = writeSecrets(folder, secrets({ "pem/one": "bad", "pem/two": "3" }), check);
    expect(written).toEqual({ changed: ["pem/two"], failures: ["secret pem/one cannot be used: one"] });
    expect([text("pem/one"), text("pem/two")]).toEqual(["1", "3"]);
    expect(writeSecrets(folder, secrets({ "pem/three": "4" }), check).failures).toEqual([]);
  });

  test("nothing of a configuration that names a file of a secret which cannot be used", () => {
    const check = () =>
      text("mmp.yaml") === "names new.pem" && text("new.pem") === "bad" ? ["new.pem"] : [];
    writeFiles(folder, secrets({ "mmp.yaml": "a", "new.pem": "bad" }));
    const written = writeSecrets(folder, secrets({ "mmp.yaml": "names new.pem" }), check);
    expect(written).toEqual({ changed: [], failures: ["secret mmp.yaml cannot be used: new.pem"] });
    expect(text("mmp.yaml")).toBe("a");
  });
});
