import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { plainAddress } from "../../../edge-proxy/transport/ip-address.ts";
import { type Child, start } from "../../support/child.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { makeFolder, PROJECT } from "../../support/workspace.ts";

const folder = makeFolder("address-families");
const withoutIpv6 = join(folder.path, "without-ipv6.so");
const source = join(PROJECT, "test/fixtures/without-ipv6/without-ipv6.c");
const built = spawnSync("cc", ["-shared", "-fPIC", source, "-o", withoutIpv6, "-ldl"]).status === 0;
const hasIpv6 = await new Promise<boolean>((resolve) => {
  const server = createServer().once("error", () => resolve(false));
  server.listen(0, "::1", () => server.close(() => resolve(true)));
});
afterAll(() => folder.remove());

/** The address that the edge has of a client that connects to `host`. */
async function seenFrom(host: string, port: number): Promise<string> {
  const socket = connect(port, host);
  const [bytes] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return plainAddress(bytes.toString());
}

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a listener on :: on %s", (runtime) => {
  /** Clients at those hosts, for a port of its own, one shared, and one joined. */
  async function serves(hosts: readonly string[], environment: readonly string[]): Promise<void> {
    const command = RUNTIMES[runtime].slice(0, -1);
    const child: Child = start("env", [...environment, ...command, "test/support/programs/address-probe.ts"]);
    try {
      const ports = JSON.parse(await child.line((line) => line.startsWith("["))) as number[];
      for (const port of ports) for (const host of hosts) expect(await seenFrom(host, port)).toBe(host);
    } finally {
      await child.stop();
    }
  }

  test.skipIf(!hasIpv6)("serves clients of both families", () => serves(["127.0.0.1", "::1"], []));

  test.skipIf(!built)("serves IPv4 where the host has no IPv6", () =>
    serves(["127.0.0.1"], [`LD_PRELOAD=${withoutIpv6}`]),
  );
});
