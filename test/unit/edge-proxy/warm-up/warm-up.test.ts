import { setImmediate } from "node:timers/promises";
import pino from "pino";
import { afterAll, describe, expect, test } from "vitest";
import { InstanceConfig } from "../../../../edge-proxy/config/instance.ts";
import { EdgeConfig } from "../../../../edge-proxy/config/limits.ts";
import { Stores } from "../../../../edge-proxy/config/stores.ts";
import { warmUp } from "../../../../edge-proxy/warm-up/warm-up.ts";
import { Secret } from "../../../../route-api/contract/secret.ts";
import { makeCertificate, makeFolder } from "../../../support/workspace.ts";

const folder = makeFolder("warm-up");
const { certFile, keyFile } = await makeCertificate(folder.path);
afterAll(() => folder.remove());

/** What keeps the process alive, and did not before. */
function opened(before: readonly string[]): string[] {
  const others = [...before, "Immediate"];
  return process.getActiveResourcesInfo().filter((resource) => {
    const at = others.indexOf(resource);
    if (at >= 0) others.splice(at, 1);
    return at < 0;
  });
}

interface Line {
  level: number;
  msg: string;
  protocol?: string;
  mechanism?: string;
  tls?: string;
}

async function warmedUp(edge: object, instance: object = {}): Promise<Line[]> {
  const lines: Line[] = [];
  const log = pino(
    { level: "debug" },
    { write: (line: string) => void lines.push(JSON.parse(line) as Line) },
  );
  const real = {
    version: "1",
    edge: EdgeConfig.parse(edge),
    keepsHistory: true,
    stores: Stores.parse({ "*": { imap: { port: 143 }, pop3: { port: 110 } } }),
    instances: {
      main: InstanceConfig.parse({
        listeners: [
          { protocol: "imap", port: 993, tls: "implicit" },
          { protocol: "pop3", port: 110, tls: "starttls" },
        ],
        tls: { certificates: [{ certFile, keyFile }] },
        ...instance,
      }),
    },
    routeApi: { urls: ["http://192.0.2.1"], token: new Secret("real") },
  };
  await warmUp(real, log);
  return lines;
}

describe("a warm-up", () => {
  test("has every login succeed, by each protocol and mechanism, with and without TLS, and leaves nothing open", async () => {
    const before = process.getActiveResourcesInfo();
    const lines = await warmedUp({ warmUpLogins: 40 });
    expect(lines.filter(({ level }) => level > 30)).toEqual([]);
    expect(lines.filter(({ msg }) => msg === "login")).toHaveLength(40);
    expect(lines.filter(({ msg }) => msg === "session")).toHaveLength(40);
    const kinds = lines.flatMap(({ msg, protocol, mechanism, tls = "none" }) =>
      msg === "session" ? `${protocol} ${mechanism} ${tls}` : [],
    );
    expect([...new Set(kinds)].sort()).toEqual([
      "imap LOGIN TLSv1.3",
      "imap LOGIN none",
      "imap PLAIN TLSv1.3",
      "imap PLAIN none",
      "pop3 PLAIN none",
      "pop3 USER none",
    ]);
    // A handle is closed in a later turn of the event loop.
    for (let turn = 0; turn < 1000 && opened(before).length > 0; turn++) await setImmediate();
    expect(opened(before)).toEqual([]);
  });

  test("rejects when its time is over", async () => {
    await expect(warmedUp({ warmUpLogins: 100_000, warmUpSeconds: 0.01 })).rejects.toThrow(
      "it took longer than 0.01 s",
    );
  });

  test("rejects when the edge cannot listen", async () => {
    const tls = { certificates: [{ certFile: "/none", keyFile }] };
    await expect(warmedUp({ warmUpLogins: 4 }, { tls })).rejects.toThrow("there is no listener to log in at");
  });
});
