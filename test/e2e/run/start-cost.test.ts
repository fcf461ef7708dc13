import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { run } from "../../support/child.ts";
import { makeFolder, PROJECT } from "../../support/workspace.ts";

const folder = makeFolder("start-cost");
const config = join(folder.path, "mmp.yaml");
writeFileSync(
  config,
  stringify({
    routeApi: { listen: "127.0.0.1:1", tokenFile: "token" },
    stores: { "*": { imap: { port: 143 } } },
    instances: { main: { listeners: [{ protocol: "imap", address: "127.0.0.1", port: 1 }] } },
  }),
);
afterAll(() => folder.remove());

/** What a start of Bun costs, and what each command costs beyond that, in milliseconds of CPU. */
async function costs(...commands: string[][]): Promise<number[]> {
  const all = [["bun", "-e", "0"], ...commands.map((args) => ["bun", "bin/mmp.ts", ...args])];
  const { output } = await run("bun", ["test/support/programs/cpu-cost.ts", JSON.stringify(all)]);
  const [bare = 0, ...rest] = JSON.parse(output) as number[];
  return [bare, ...rest.map((cost) => cost - bare)];
}

describe("a command loads only what it runs", () => {
  test("mmp --version costs under 0.1 s of CPU, mmp health under 0.15 s", async () => {
    const [bare = 0, version = 0, health = 0] = await costs(["--version"], ["health", "--config", config]);
    expect(bare).toBeGreaterThan(0);
    expect(version).toBeLessThan(100 - bare);
    expect(health).toBeLessThan(150 - bare);
  });
});

test("Bun's parser and the library read the same addresses from YAML", async () => {
  const program = `
    import { readFileSync } from "node:fs";
    import { parse } from "yaml";
    for (const file of ${JSON.stringify([config, join(PROJECT, "infra/example.yaml")])}) {
      const text = readFileSync(file, "utf8");
      console.log(JSON.stringify(parse(text)) === JSON.stringify(Bun.YAML.parse(text)));
    }`;
  expect((await run("bun", ["-e", program])).output).toBe("true\ntrue");
});
