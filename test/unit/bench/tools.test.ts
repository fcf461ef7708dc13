import { expect, test } from "vitest";
import { findTool, requireTools } from "../../bench/tools.ts";

test("a command is found on the PATH, a file at its place", () => {
  expect(findTool("sh")).toMatch(/\/sh$/);
  expect(findTool("/dev/null")).toBe("/dev/null");
});

test("all that is missing is named at once, with the packages", () => {
  const tools = [
    { name: "sh", aptPackage: "dash" },
    { name: "no-such-proxy", aptPackage: "proxy-package" },
    { name: "/no/such/module.so", aptPackage: "module-package" },
  ];
  expect(() => requireTools(tools)).toThrow(
    "missing: no-such-proxy, /no/such/module.so. On Debian: apt-get install proxy-package module-package",
  );
});
