import { requireListening } from "../../config/listening.ts";
import { Failure } from "../../failure.ts";
import { edgeChecks, type HealthCheck, routeApiChecks } from "../../run/health.ts";
import type { HealthOptions, HealthPart } from "./parts.ts";

/** Checks everything at once. Throws a Failure with one line for each address that does not answer. */
export async function checkHealth(
  part: HealthPart,
  { config, instance, timeoutSeconds }: HealthOptions,
): Promise<void> {
  const listening = await requireListening(config);
  const checks = [
    ...(part === "route-api" ? [] : edgeChecks(listening, instance)),
    ...(part === "edge" ? [] : routeApiChecks(listening)),
  ];
  if (checks.length === 0) throw new Failure(`${config} has nothing to check`);
  const faults = await failures(checks, timeoutSeconds);
  if (faults.length > 0) throw new Failure(faults.join("\n"));
  console.log(`${checks.length} of ${checks.length} answer.`);
}

async function failures(checks: HealthCheck[], seconds: number): Promise<string[]> {
  const signal = AbortSignal.timeout(seconds * 1000);
  const results = await Promise.allSettled(checks.map(({ ask }) => ask(signal)));
  return results.flatMap((result, index) =>
    result.status === "fulfilled" ? [] : [`${checks[index]?.name}: ${(result.reason as Error).message}`],
  );
}
