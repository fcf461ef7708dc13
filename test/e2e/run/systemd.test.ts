import { spawnSync } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Child, run, start } from "../../support/child.ts";
import { freePort, makeFolder, PROJECT } from "../../support/workspace.ts";

const UNITS = globSync(join(PROJECT, "packaging/systemd/*.service"));
/** systemd's measure of how exposed a service is: 100 is not hardened at all. */
const MOST_EXPOSED = 25;
const missing =
  spawnSync("systemd-analyze", ["--version"]).error !== undefined ? "no systemd here" : undefined;

test("there is a unit for each way to run", () => {
  const names = UNITS.map((unit) => basename(unit)).sort();
  expect(names).toEqual(["mmp-edge.service", "mmp-route-api.service", "mmp-sync.service", "mmp.service"]);
});

describe.skipIf(missing !== undefined).each(UNITS)(`%s${missing ? `: ${missing}` : ""}`, (unit) => {
  const text = readFileSync(unit, "utf8");

  test("is a valid unit, and hardened", async () => {
    const folder = makeFolder("units");
    const path = join(folder.path, basename(unit));
    // Verified with a program that is there.
    writeFileSync(path, text.replaceAll("/usr/bin/mmp", "/usr/bin/env"));
    expect(await run("systemd-analyze", ["verify", path])).toEqual({ code: 0, output: "" });
    const judge = ["security", "--offline=true", `--threshold=${MOST_EXPOSED}`, path];
    expect(await run("systemd-analyze", judge)).toMatchObject({ code: 0 });
    folder.remove();
  });

  test("runs commands that there are, with options that they take", async () => {
    const commands = [...text.matchAll(/^Exec\w+=\/usr\/bin\/mmp (.*)$/gm)].map(
      ([, command = ""]) => command,
    );
    expect(commands).not.toEqual([]);
    for (const command of commands) {
      const args = command.replace("/etc/mmp/mmp.yaml", "/nonexistent/mmp.yaml").split(" ");
      const { output } = await run("bun", ["bin/mmp.ts", ...args]);
      expect(output).toMatch(/^mmp: (\/nonexistent\/mmp\.yaml|no edge to take over)/);
    }
  });
});

/** Receives what services send to systemd, and prints it. */
const RECEIVER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("ready", flush=True)
while True:
    print(s.recv(4096).decode().replace("\\n", " "), flush=True)
`;

test.skipIf(missing !== undefined)(
  "systemd is told when the route API serves, and which process it is",
  async () => {
    const folder = makeFolder("notify");
    const path = (name: string): string => join(folder.path, name);
    writeFileSync(path("token"), "a-token\n");
    const listen = `127.0.0.1:${await freePort()}`;
    writeFileSync(
      path("mmp.yaml"),
      `routeStore: { sqlite: routes.db }\nrouteApi: { listen: "${listen}", url: "http://${listen}", tokenFile: token }\n`,
    );
    const receiver: Child = start("python3", ["-c", RECEIVER, path("notify")]);
    await receiver.line((line) => line === "ready");
    const command = ["bun", "bin/mmp.ts", "route-api", "--config", path("mmp.yaml")];
    const api = start("env", [`NOTIFY_SOCKET=${path("notify")}`, ...command]);
    const told = await receiver.line((line) => line.includes("READY=1"));
    expect(told).toContain(`MAINPID=${api.pid}`);
    expect(await api.stop()).toBe(0);
    await receiver.stop();
    folder.remove();
  },
);
