import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { routePath } from "../../../route-api/contract.ts";

const fixture = fileURLToPath(new URL("../../fixtures/route-api.ts", import.meta.url));
const bin = fileURLToPath(new URL("../../../node_modules/.bin/", import.meta.url));

/** Runs the fixture under a runtime; resolves with its first line. */
function start(command: string[]): { line: Promise<string>; stop(): Promise<void> } {
  const [program = "", ...args] = command;
  const child = spawn(`${bin}${program}`, [...args, fixture], { stdio: ["ignore", "pipe", "pipe"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += String(chunk);
  });
  const line = new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (chunk) => resolve(String(chunk).trim()));
    child.once("exit", () => reject(new Error(errors)));
  });
  const stop = async (): Promise<void> => {
    child.kill();
    await exited;
  };
  return { line, stop };
}

test.each([
  ["bun", ["bun"]],
  ["node", ["node"]],
  ["deno", ["deno", "run", "-A"]],
])("the route API serves on %s, and says when its port is in use", async (_name, command) => {
  const server = start(command);
  try {
    const { url, inUse } = JSON.parse(await server.line) as { url: string; inUse: string };
    expect(inUse).toMatch(/^port \d+ on 127\.0\.0\.1 is in use$/);
    const headers = { Authorization: "Bearer right" };
    const found = await fetch(url + routePath("alice"), { headers });
    expect(await found.json()).toMatchObject({ account: "alice@example.com", mailHost: ["store1"] });
    expect((await fetch(url + routePath("bob"), { headers })).status).toBe(404);
    expect((await fetch(url + routePath("alice"))).status).toBe(401);
  } finally {
    await server.stop();
  }
});
