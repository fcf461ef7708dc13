import { expect, test } from "vitest";
import type { Mode } from "../../bench/modes.ts";
import { steps } from "../../bench/passes.ts";
import type { MailProxy } from "../../bench/proxies/proxy.ts";

const proxy = (name: string, modes: Mode[]): MailProxy => ({
  name,
  modes,
  plainPort: 1,
  tlsPort: 2,
  tools: [],
  prepare: () => ({ command: [], beside: [] }),
  version: () => "1",
});

test("each pass begins with another proxy, and leaves out those that a mode does not concern", () => {
  const proxies = [
    proxy("a", ["churn-plain", "bulk-tls"]),
    proxy("b", ["bulk-tls"]),
    proxy("c", ["churn-plain", "bulk-tls"]),
  ];
  const order = [...steps({ passes: 3, modes: ["churn-plain", "bulk-tls"], proxies })];
  const names = (pass: number, mode: Mode): string =>
    order
      .filter((step) => step.pass === pass && step.mode === mode)
      .map((step) => step.proxy.name)
      .join("");
  expect([1, 2, 3].map((pass) => names(pass, "churn-plain"))).toEqual(["ac", "ca", "ac"]);
  expect([1, 2, 3].map((pass) => names(pass, "bulk-tls"))).toEqual(["abc", "bca", "cab"]);
});
