import type { DemoOptions } from "../../demo/options.ts";
import { startDemo } from "../../demo/run.ts";
import { runUntilSignal } from "../../run/signals.ts";

/** Runs the demo until a signal ends it. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const demo = await startDemo(options);
  console.log(demo.text);
  await runUntilSignal(() => demo.stop());
  console.log("Stopped.");
}
