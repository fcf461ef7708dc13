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

/** Where a running edge is found by another; systemd names a folder for it. */
export const runFolderOption = (): Option =>
  new Option(
    "--run-folder <folder>",
    "folder in which a running edge can be found (default: mmp-UID in the folder for temporary files)",
  ).env("RUNTIME_DIRECTORY");

/** Whether the configuration is reloaded when a file changes. */
export const watchOption = (): Option =>
  new Option(
    "--no-watch",
    "reload only at SIGHUP, not when the configuration or a file that it names changes",
  );

export const portOption = (flag: string, what: string): Option =>
  new Option(`--${flag} <port>`, `port of ${what}`).argParser(portNumber);

/** The number to which a demo's ports are added. */
export const portBaseOption = (): Option =>
  new Option(
    "--port-base <port>",
    "demo: all ports from here on, at +143, +993, +110, +995 and +80, and data/demo-<port> as folder; so that it runs beside another",
  ).argParser(portBase);

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("must be a number above 0.");
  return value;
}

function portBase(text: string): number {
  const base = Number(text);
  if (!/^\d{1,5}$/.test(text) || base > HIGHEST_PORT_BASE)
    throw new InvalidArgumentError(`must be a number, 0 to ${HIGHEST_PORT_BASE}.`);
  return base;
}

/** So that the highest of the ports above it still is a port. */
const HIGHEST_PORT_BASE = 64_540;

function portNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError("must be a port, 0 to 65535.");
  return Number(text);
}
