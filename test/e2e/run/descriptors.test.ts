import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { start } from "../../support/child.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { freePort, makeFolder } from "../../support/workspace.ts";

/** Enough to start with, and fewer than the clients. */
const LIMIT = 120;
const CLIENTS = 150;

test.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "an edge on %s says that descriptors may run out, and that they have",
  async (runtime) => {
    const folder = makeFolder("descriptors");
    const config = join(folder.path, "mmp.yaml");
    const port = await freePort();
    writeFileSync(join(folder.path, "token"), "a-token\n");
    writeFileSync(
      config,
      stringify({
        routeApi: { url: "http://127.0.0.1:1", tokenFile: "token" },
        stores: { "*": { imap: { port: 143, tls: "none" }, allowClearText: true } },
        edge: { warmUpLogins: 0 },
        instances: {
          main: {
            listeners: [{ protocol: "imap", address: "127.0.0.1", port }],
            allowPlaintextLogin: true,
            workers: 1,
          },
        },
      }),
    );
    const command = [...RUNTIMES[runtime], "edge", "--config", config, "--drain-seconds", "0.1"];
    const edge = start("sh", ["-c", `ulimit -n ${LIMIT}; exec "$@"`, "sh", ...command]);
    expect(JSON.parse(await edge.line((line) => line.includes("descriptor limit")))).toMatchObject({
      level: 40,
      limit: LIMIT,
    });
    await edge.line((line) => line.includes('"msg":"listening"'));
    const clients: Socket[] = [];
    for (let client = 0; client < CLIENTS; client++)
      clients.push(connect(port, "127.0.0.1").on("error", () => {}));
    expect(JSON.parse(await edge.line((line) => line.includes("out of file descriptors")))).toMatchObject({
      level: 50,
    });
    for (const client of clients) client.destroy();
    await edge.line((line) => line.includes("file descriptors available again"));
    await edge.stop();
    folder.remove();
  },
);

test.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "on %s a connection that cannot be made for want of a descriptor is told of, and not before it is known",
  async (runtime) => {
    const [program, ...args] = RUNTIMES[runtime];
    const command = [program, ...args.slice(0, -1), "test/support/programs/no-descriptor-probe.ts"];
    const probe = start("sh", ["-c", `ulimit -n ${LIMIT}; exec "$@"`, "sh", ...command]);
    expect(JSON.parse(await probe.line((line) => line.startsWith("{")))).toEqual({
      hasReturned: true,
      code: "connect",
    });
    await probe.exited;
  },
);
