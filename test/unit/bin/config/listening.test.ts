import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { requireListening } from "../../../../bin/config/listening.ts";
import { ListenerConfig } from "../../../../edge-proxy/config/listener.ts";
import { RouteApiConfig } from "../../../../route-api/config/route-api.ts";

const file = join(mkdtempSync(join(tmpdir(), "mmp-listening-")), "mmp.yaml");

const LISTENERS = [
  "{ protocol: imap, port: 143 }",
  '{ protocol: pop3, port: 995, address: "::", tls: implicit, proxyProtocol: v2, trustedProxies: [10.0.0.0/8] }',
];

test("reads listeners as the schema does, whatever else is wrong in the file", async () => {
  writeFileSync(
    file,
    `stroes: {}\nrouteApi: { tokens: 3 }\ninstances:\n  main: { wrong: 1, listeners: [${LISTENERS.join(", ")}] }\n`,
  );
  const { routeApi, instances } = await requireListening(file);
  const { listen } = RouteApiConfig.parse({ tokenFile: "x" });
  expect(routeApi).toMatchObject({ listen });
  const listeners = instances.main?.listeners ?? [];
  expect(listeners).toHaveLength(LISTENERS.length);
  for (const listener of listeners) {
    expect(ListenerConfig.parse(listener)).toEqual({ trustedProxies: [], ...listener });
  }
});

test("finds nothing where nothing is configured", async () => {
  writeFileSync(file, "routeStore: { sqlite: r.db }\n");
  expect(await requireListening(file)).toEqual({ instances: {} });
});

test.each(["instances: [", "instances: 3", "instances: { main: { listeners: 3 } }", "- a"])(
  "refuses %j",
  async (text) => {
    writeFileSync(file, text);
    await expect(requireListening(file)).rejects.toThrow(`${file}: cannot be read`);
  },
);
