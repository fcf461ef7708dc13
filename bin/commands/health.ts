import { Argument, Command } from "commander";
import { requireConfiguration } from "../config/require.ts";
import { Failure } from "../failure.ts";
import { edgeChecks, type HealthCheck, routeApiChecks } from "../run/health.ts";
import { configOption, secondsOption } from "./options.ts";

interface Options {
  config: string;
  instance?: string;
  timeoutSeconds: number;
}

/** What can be asked, and whether `mmp up` runs it too. */
const PARTS = ["edge", "route-api", "up"] as const;
type Part = (typeof PARTS)[number];

/** `mmp health`: does what runs on this machine answer? For a container's health check: the image has no other tool. */
export const healthCommand = (): Command =>
  new Command("health")
    .description("Ask what runs here whether it answers; ends with 1 where something does not.")
    .addArgument(new Argument("[part]", "what runs here").choices(PARTS).default("up"))
    .addOption(configOption())
    .option("-i, --instance <name>", "ask only this instance of the edge")
    .addOption(secondsOption("timeout-seconds", "longest wait for an answer", 3))
    .addHelpText("after", "\nExample:\n  mmp health edge --config /etc/mmp/mmp.yaml")
    .action(async (part: Part, { config, instance, timeoutSeconds }: Options) => {
      const configuration = requireConfiguration(config);
      const checks = [
        ...(part === "route-api" ? [] : edgeChecks(configuration, instance)),
        ...(part === "edge" ? [] : routeApiChecks(configuration)),
      ];
      if (checks.length === 0) throw new Failure("there is nothing to ask");
      const faults = await failed(checks, timeoutSeconds);
      if (faults.length > 0) throw new Failure(faults.join("\n"));
      console.log(`${checks.length} of ${checks.length} answer.`);
    });

/** Asks all at once; one line for each that does not answer. */
async function failed(checks: HealthCheck[], seconds: number): Promise<string[]> {
  const signal = AbortSignal.timeout(seconds * 1000);
  const results = await Promise.allSettled(checks.map(({ ask }) => ask(signal)));
  return results.flatMap((result, index) =>
    result.status === "fulfilled" ? [] : [`${checks[index]?.name}: ${(result.reason as Error).message}`],
  );
}
