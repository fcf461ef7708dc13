import { Argument, Command } from "commander";
import { HEALTH_PARTS, type HealthOptions, type HealthPart } from "./health/parts.ts";
import { configOption, secondsOption } from "./options.ts";

/** `mmp health`: does what runs on this machine answer? For a container's health check: the image has no other tool. */
export const healthCommand = (): Command =>
  new Command("health")
    .description("Check that what runs here answers; the exit code is 1 if something does not.")
    .addArgument(new Argument("[part]", "what runs here").choices(HEALTH_PARTS).default("up"))
    .addOption(configOption())
    .option("-i, --instance <name>", "check only this instance of the edge")
    .addOption(secondsOption("timeout-seconds", "longest wait for an answer", 3))
    .addHelpText("after", "\nExample:\n  mmp health edge --config /etc/mmp/mmp.yaml")
    .action(async (part: HealthPart, options: HealthOptions) => {
      const { checkHealth } = await import("./health/check-health.ts");
      await checkHealth(part, options);
    });
