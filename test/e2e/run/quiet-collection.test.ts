import { afterEach, expect, test } from "vitest";
import { NO_TIMER } from "../../../bin/run/quiet-collection.ts";
import { type Child, start } from "../../support/child.ts";
import { PROJECT } from "../../support/workspace.ts";

let child: Child | undefined;
afterEach(() => child?.stop("SIGKILL"));

/** Works for most of a second, leaves a little garbage, which by itself would stay for ever, and rests. */
const PROGRAM = `
  import { collectWhenQuiet } from "${PROJECT}/bin/run/quiet-collection.ts";
  await collectWhenQuiet();
  globalThis.registry = new FinalizationRegistry(() => console.log("collected"));
  for (let count = 0; count < 1000; count++) globalThis.registry.register({ count }, count);
  let sum = 0;
  while (process.cpuUsage().user < 800_000) for (let term = 0; term < 1_000_000; term++) sum += term;
  console.log("worked");
  setInterval(() => {}, 60_000);
`;

test("where Bun's timer is off, garbage is collected once the process is quiet", async () => {
  child = start("bun", ["-e", PROGRAM], PROJECT, NO_TIMER);
  expect(await child.line((line) => line === "worked")).toBe("worked");
  expect(await child.line((line) => line === "collected")).toBe("collected");
});
