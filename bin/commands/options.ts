import { InvalidArgumentError, Option } from "commander";
import { DEFAULT_CONFIG } from "../config/default-config.ts";

/** Levels of the log, by pino's names. */
const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"];

export const configOption = (): Option =>
  new Option("-c, --config <file>", "configuration file").env("MMP_CONFIG").default(DEFAULT_CONFIG);

export const logLevelOption = (): Option =>
  new Option("--log-level <level>", "least severe level to log").choices(LOG_LEVELS).default("info");

export const secondsOption = (flag: string, what: string, seconds: number): Option =>
  new Option(`--${flag} <seconds>`, what).argParser(positiveNumber).default(seconds);

/** Time over which live sessions end when the edge stops, in seconds. */
export const drainOption = (seconds: number): Option =>
  secondsOption("drain-seconds", "time over which live sessions end after SIGTERM", seconds);

/** Whether the configuration is reloaded when a file changes. */
export const watchOption = (): Option =>
  new Option(
    "--no-watch",
    "reload only at SIGHUP, not when the configuration or a file that it names changes",
  );

export const portOption = (flag: string, what: string, port: number): Option =>
  new Option(`--${flag} <port>`, `port of ${what}`).argParser(portNumber).default(port);

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("must be a number above 0.");
  return value;
}

function portNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError("must be a port, 0 to 65535.");
  return Number(text);
}
