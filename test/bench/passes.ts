import { measure, type Sample } from "./measure.ts";
import type { Mode, Sizes } from "./modes.ts";
import type { MailProxy } from "./proxies/proxy.ts";
import type { Workspace } from "./workspace.ts";

export interface Plan {
  modes: readonly Mode[];
  proxies: readonly MailProxy[];
  passes: number;
  sizes: Sizes;
  /** Time in ms since the epoch after which no measurement is begun. */
  deadline: number;
}

export interface Results {
  samples: Sample[];
  /** A line for each measurement that was not had. */
  failures: string[];
}

/**
 * Measures the proxies in turn for each mode, and all of it again in every pass: what disturbs the machine
 * for a while disturbs all of them. A failure is told at once and does not end the run.
 */
export async function runPasses(plan: Plan, workspace: Workspace): Promise<Results> {
  const results: Results = { samples: [], failures: [] };
  for (const { pass, mode, proxy } of steps(plan)) {
    const name = `pass ${pass} of ${plan.passes}, ${mode}, ${proxy.name}`;
    try {
      if (Date.now() > plan.deadline) throw new Error("not begun: out of time");
      const sample = await measure(proxy, mode, plan.sizes, workspace);
      results.samples.push(sample);
      console.error(`${name}: ${sample.figure.toFixed(2)}`);
    } catch (error) {
      const failure = `${name}: ${error instanceof Error ? error.message : String(error)}`;
      results.failures.push(failure);
      console.error(failure);
    }
  }
  return results;
}

/**
 * The order moves on by one in each pass: whoever comes after others pays for the connections that they have left in
 * TIME_WAIT, a tenth of a plain login.
 */
export function* steps({
  passes,
  modes,
  proxies,
}: Pick<Plan, "passes" | "modes" | "proxies">): Generator<{ pass: number; mode: Mode; proxy: MailProxy }> {
  for (let pass = 1; pass <= passes; pass++)
    for (const mode of modes) {
      const measured = proxies.filter((proxy) => proxy.modes.includes(mode));
      const first = (pass - 1) % measured.length;
      for (const proxy of [...measured.slice(first), ...measured.slice(0, first)])
        yield { pass, mode, proxy };
    }
}
