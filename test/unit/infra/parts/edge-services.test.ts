import { expect, test } from "vitest";
import { allEdgeServices } from "../../../../infra/parts/edge-services.ts";
import { deployment } from "../support.ts";

const services = (count: number) => {
  const ports = Array.from({ length: count }, (_, index) => 1000 + index);
  return allEdgeServices(
    deployment((c) => {
      c.instances.main.listeners = ports.map((port) => ({ protocol: "imap", port, tls: "starttls" }));
      c.loadBalancers.main.listeners = ports.map((port) => ({ port, instance: "main", to: port }));
    }).config,
  ).map(({ name, targets }) => [name, targets.length]);
};

test.each([
  [
    5,
    [
      ["main", 5],
      ["acme", 2],
    ],
  ],
  [
    6,
    [
      ["main-1", 5],
      ["main-2", 1],
      ["acme", 2],
    ],
  ],
  [
    11,
    [
      ["main-1", 5],
      ["main-2", 5],
      ["main-3", 1],
      ["acme", 2],
    ],
  ],
])("%i ports of an instance", (count, expected) => expect(services(count)).toEqual(expected));

const targetsOf = (loadBalancer: object, change: (c: { loadBalancers: object }) => void = () => {}) =>
  allEdgeServices(
    deployment((c) => {
      c.loadBalancers.other = loadBalancer;
      change(c);
    }).config,
  ).map(({ targets }) =>
    targets.map(({ balancer, ports, listener }) => `${balancer}:${ports} → ${listener.port}`),
  );

test("two load balancers at one listener stay together", () => {
  const other = {
    listeners: [
      { port: 143, instance: "main", to: 1143 },
      { port: 993, instance: "main", to: 1993 },
    ],
  };
  expect(targetsOf(other)).toEqual([
    ["main:143 → 1143", "other:143 → 1143", "main:993 → 1993", "other:993 → 1993", "main:110 → 1110"],
    ["main:995 → 1995"],
    ["acme:143 → 2143", "acme:993 → 2993"],
  ]);
});

test("two ports of a load balancer that lead to one listener share their target group", () => {
  const other = {
    listeners: [
      { port: 993, instance: "acme", to: 2993 },
      { port: 1993, instance: "acme", to: 2993 },
    ],
  };
  expect(targetsOf(other).at(-1)).toEqual(["acme:143 → 2143", "acme:993 → 2993", "other:993,1993 → 2993"]);
});
