import { demoOptions, type GivenDemoOptions } from "../../demo/options.ts";
import { startDemo } from "../../demo/run.ts";
import { runUntilSignal } from "../../run/signals.ts";

/** Runs the demo until a signal ends it. */
export async function runDemo(options: GivenDemoOptions): Promise<void> {
  const demo = await startDemo(demoOptions(options));
  console.log(demo.text);
  await runUntilSignal(() => demo.stop());
  console.log("Stopped.");
}
