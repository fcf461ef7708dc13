import { expect, test } from "vitest";
import { InstanceConfig } from "../../../../edge-proxy/config/instance.ts";
import { EdgeConfig } from "../../../../edge-proxy/config/limits.ts";
import { Stores } from "../../../../edge-proxy/config/stores.ts";
import { privateOptions, protocolsOf } from "../../../../edge-proxy/warm-up/private-options.ts";
import { Secret } from "../../../../route-api/contract/secret.ts";

const storeAdmin = { user: "mmpstore", passwordFile: "/secret" };
const REAL = {
  version: "1",
  edge: EdgeConfig.parse({ snapshotFile: "/routes.snapshot" }),
  keepsHistory: true,
  stores: Stores.parse({
    "*": { address: "store.example.com", imap: { port: 993, tls: "implicit" }, sessions: 1, storeAdmin },
  }),
  instances: {
    main: InstanceConfig.parse({
      listeners: [
        {
          protocol: "imap",
          address: "::",
          port: 993,
          tls: "implicit",
          proxyProtocol: "v2",
          trustedProxies: ["10.0.0.0/8"],
        },
        { protocol: "pop3", port: 110, tls: "starttls" },
      ],
      tls: { certificates: [{ certFile: "/cert", keyFile: "/key" }] },
      mechanisms: ["EXTERNAL"],
      access: ["-ALL:ALL"],
      preAuth: true,
      storeAdmin,
      virtualDomainFile: "/vdmap",
      limits: { connections: 1, connectionsPerClient: 1 },
      penalties: {},
    }),
  },
  routeApi: { urls: ["https://api.example.com"], token: new Secret("real") },
};

test("an edge that warms up listens on free ports of loopback, and asks nobody but its own API", () => {
  const { edge, instances, routeApi } = privateOptions(REAL, new Map(), "http://127.0.0.1:1");
  expect(edge.snapshotFile).toBeUndefined();
  expect(routeApi).toMatchObject({ urls: ["http://127.0.0.1:1"] });
  expect(routeApi.token.reveal()).not.toBe("real");
  expect(instances.main?.listeners.map(({ protocol, tls }) => `${protocol} ${tls}`)).toEqual([
    "imap implicit",
    "imap none",
    "pop3 starttls",
  ]);
  for (const listener of instances.main?.listeners ?? [])
    expect(listener).toMatchObject({ address: "127.0.0.1", port: 0, proxyProtocol: "none" });
});

test("nothing keeps its logins out, and the other settings are those of the real edge", () => {
  const main = privateOptions(REAL, new Map(), "").instances.main;
  expect(main).toMatchObject({
    mechanisms: ["PLAIN", "LOGIN", "EXTERNAL"],
    access: [],
    preAuth: false,
    allowPlaintextLogin: true,
    tls: REAL.instances.main.tls,
    penalties: REAL.instances.main.penalties,
    routeCache: REAL.instances.main.routeCache,
  });
  expect(main).not.toHaveProperty("storeAdmin");
  expect(main).not.toHaveProperty("virtualDomainFile");
  expect(main?.limits.connections).toBeGreaterThan(1000);
  expect(main?.limits.connectionsPerClient).toBeGreaterThan(1000);
  expect(main?.limits).not.toHaveProperty("connectionsPerUser");
});

test("its only store is the one of these ports", () => {
  const { stores } = privateOptions(REAL, new Map([["imap", 7]] as const), "");
  const [store, ...others] = Object.values(stores);
  expect(others).toEqual([]);
  expect(store).toMatchObject({ address: ["127.0.0.1"], imap: { port: 7, tls: "none" } });
  expect(store?.sessions).toBeGreaterThan(1);
  expect(store).not.toHaveProperty("storeAdmin");
});

test("each protocol counts once", () => {
  expect(protocolsOf(REAL)).toEqual(["imap", "pop3"]);
});
