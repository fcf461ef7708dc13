import { type Command, InvalidArgumentError, Option } from "commander";
import { configOption } from "../options.ts";

/** Options of every command that asks the route API on a support agent's behalf. */
export const withApiOptions = (command: Command): Command =>
  command
    .addOption(configOption())
    .addOption(apiOption())
    .option("--token-file <file>", "file with a support or admin token; by default the token in MMP_TOKEN")
    .option("--json", "print the answer as JSON");

/** Which route API to ask. */
export const apiOption = (): Option =>
  new Option("--api <url>", "route API to ask instead of the configured one").env("MMP_API");

/** Why something is done, or the number of a ticket. */
export const whyOption = (): Option =>
  new Option("--why <text>", "reason or ticket number, for the audit").makeOptionMandatory();

/** How long a hold lasts. */
export const holdSecondsOption = (): Option =>
  new Option("--seconds <seconds>", "how long the hold lasts unless it is renewed or released")
    .default(HOLD_SECONDS)
    .argParser((text) => {
      const value = Number(text);
      if (!Number.isInteger(value) || value < 1 || value > HOLD_MAX_SECONDS)
        throw new InvalidArgumentError(`must be a number from 1 to ${HOLD_MAX_SECONDS}.`);
      return value;
    });

/** How long a hold lasts by default, and at most: the API's HOLD_MAX_SECONDS. */
const HOLD_SECONDS = 300;
const HOLD_MAX_SECONDS = 3600;

/** How many lines are shown at most. */
export const limitOption = (limit: number, max: number): Option =>
  new Option("--limit <count>", "most lines to show").default(limit).argParser((text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > max)
      throw new InvalidArgumentError(`must be a number from 1 to ${max}.`);
    return value;
  });
