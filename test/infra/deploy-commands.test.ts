import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openStore } from "../../route-api/store/open.ts";
import { leaveStatus } from "../support/sync-status.ts";
import { PROJECT } from "../unit/infra/support.ts";
import { EMULATED_REGION, type Emulator, moto, startEmulator } from "./emulation/emulator.ts";
import { python } from "./python.ts";
import { synthesised } from "./synthesise.ts";

const cli = python("awscli", ["awscli==1.46.3"]);
for (const tool of [moto, cli])
  if ("missing" in tool) console.log(`The page's commands are left out: ${tool.missing}`);

const STACKS = ["secrets", "data", "network", "cluster", "load-balancers", "hosts", "route-api", "sync"];

/** The commands of each part of the page, as one script. */
const SCRIPTS = readFileSync(join(PROJECT, "docs/deploy.md"), "utf8")
  .split(/^## /m)
  .map((part): [string, string] => [
    part.split("\n", 1)[0] ?? "",
    [...part.matchAll(/^( *)```sh\n([\s\S]*?)^ *```$/gm)]
      .map(([, indent = "", text = ""]) => text.replaceAll(new RegExp(`^${indent}`, "gm"), ""))
      .join("\n"),
  ])
  .filter(([, script]) => script !== "");

/**
 * What cannot run here: installing over this project's packages, what needs an account or a registry, and a mail client.
 * Those are noted. The image's build has tests of its own.
 */
const NOT_HERE = `
  note() { echo "$*" >> notes; }
  npm() { case "$*" in ci | "run image") note npm "$@" ;; *) command npm "$@" ;; esac; }
  npx() { note npx "$@"; }
  buildah() { note buildah "$@"; [ "$1" != login ] || cat > /dev/null; }
  curl() { note curl "$@"; }
`;
/** What moto does not emulate; the command line itself is checked all the same. */
const NOT_EMULATED = ["run-task", "start-instance-refresh"];

const AWS_CLI = join(PROJECT, "test/infra/aws-cli");

/** A synthesis and dozens of commands of the AWS CLI take a minute, in milliseconds. */
const LONG_MS = 300_000;

/** Nothing but the test says where the account is: a machine may have settings of its own, and test files share a process. */
const withoutAws = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("AWS_")));

describe.skipIf("missing" in moto || "missing" in cli)("docs/deploy.md", { timeout: LONG_MS }, () => {
  let emulator: Emulator;
  let site: string;
  let commands: ChildProcess;
  const program = "bin" in cli ? join(cli.bin, "python") : "";
  const account = { AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "x" };

  beforeAll(async () => {
    for (const [name, value] of Object.entries(account)) vi.stubEnv(name, value);
    const { directory } = (await synthesised()).assembly;
    emulator = await startEmulator(directory, STACKS);
    site = mkdtempSync(join(tmpdir(), "deploy-page-"));
    for (const folder of ["bin", "edge-proxy", "infra", "node_modules", "route-api"])
      symlinkSync(join(PROJECT, folder), join(site, folder));
    for (const file of ["cdk.json", "package.json", "package-lock.json"])
      copyFileSync(join(PROJECT, file), join(site, file));
    for (const file of ["tls.crt", "tls.key", "acme.crt", "acme.key", "store-admin", "ldap"])
      writeFileSync(join(site, file), `${file}\n`);
    const server = ["-B", join(AWS_CLI, "server.py"), join(site, "aws-cli")];
    commands = spawn(program, server, {
      env: withoutAws(process.env),
      stdio: ["ignore", "pipe", "inherit"],
    });
    await Promise.race([once(commands.stdout ?? commands, "data"), once(commands, "exit")]);
    const store = openStore({
      dynamodb: { table: "mmp-routes", region: EMULATED_REGION, endpoint: emulator.endpoint },
    });
    await leaveStatus(store);
    await store.close();
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    emulator?.stop();
    commands?.kill();
    rmSync(site, { recursive: true });
  });

  function run(script: string) {
    const aws = `aws() {
      "${program}" -I -S -B "${join(AWS_CLI, "command.py")}" "${join(site, "aws-cli")}" "$@" || { status=$?
        for name in ${NOT_EMULATED.join(" ")}; do
          [ "$2" != "$name" ] || [ $status -lt 253 ] || { note not emulated: "$2"; return 0; }
        done
        return $status; }
    }`;
    return spawnSync("bash", ["-euo", "pipefail", "-c", `${NOT_HERE}\n${aws}\n${script}`], {
      cwd: site,
      encoding: "utf8",
      env: {
        ...withoutAws(process.env),
        ...account,
        PATH: `${join(PROJECT, "node_modules/.bin")}:${process.env.PATH}`,
        AWS_REGION: EMULATED_REGION,
        AWS_DEFAULT_REGION: EMULATED_REGION,
        AWS_ENDPOINT_URL: emulator.endpoint,
        AWS_PAGER: "",
      },
    });
  }

  test.each(SCRIPTS)("commands of %s run as they are printed, one after the other", (title, script) => {
    const zone = run(
      'aws route53 create-hosted-zone --name example.com --caller-reference "$RANDOM" --query HostedZone.Id --output text',
    ).stdout.trim();
    const { status, stdout, stderr } = run(script.replaceAll("Z0123456789EXAMPLE", zone));
    expect([status, status === 0 ? "" : stderr]).toEqual([0, ""]);
    if (title.startsWith("From an empty account")) {
      expect(stdout).toContain("deployment.yaml is valid. Left to do:");
      // What the first sync has left.
      expect(stdout).toContain('"finishedAt"');
    }
  });

  test("the secrets have their values behind it", () => {
    const { stdout } = run(
      "aws secretsmanager get-secret-value --secret-id mmp/tls --query SecretString --output text",
    );
    expect(JSON.parse(stdout)).toEqual({ certificate: "tls.crt\n", key: "tls.key\n" });
  });

  test("has commands for every step that needs an account", () => {
    const notes = readFileSync(join(site, "notes"), "utf8");
    for (const note of ["npm ci", "npx cdk bootstrap", "npx cdk deploy --all", "buildah push", "curl --user"])
      expect(notes).toContain(note);
  });
});
