import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { stringify } from "yaml";
import { Token } from "../../../route-api/config/route-api.ts";
import { loadConfiguration } from "../../config/load.ts";
import { EXIT, Failure } from "../../failure.ts";
import type { TokenEntry } from "./entry.ts";

export interface CreateOptions {
  scope: string[];
  config: string;
  out?: string;
  force?: true;
  json?: true;
}

/** Length of a token's secret: as much as of a key for AES-256. */
const SECRET_BYTES = 32;

/** Writes a new token to its file and prints the entry for the configuration. Throws a Failure. */
export function createToken(name: string, options: CreateOptions): void {
  const folder = dirname(resolve(options.config));
  const file = resolve(options.out ?? join(folder, "secrets", `${name}-token`));
  const entry = entryOf(name, file, folder, options.scope);
  if (options.force !== true) refuseTaken(name, file, options.config);
  writeSecret(file, randomBytes(SECRET_BYTES).toString("base64url"));
  console.log(options.json === true ? JSON.stringify(entry) : describe(entry, file, options.config));
}

function entryOf(name: string, file: string, folder: string, scopes: readonly string[]): TokenEntry {
  const parsed = Token.safeParse({ name, file: fileInConfiguration(file, folder), scopes });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Failure(`${issue?.path.join(".")}: ${issue?.message}`, EXIT.usage);
}

/** Relative to the configuration where it lies below it. */
function fileInConfiguration(file: string, folder: string): string {
  const path = relative(folder, file);
  return path.startsWith("..") ? file : `./${path}`;
}

function refuseTaken(name: string, file: string, config: string): void {
  if (existsSync(file)) throw new Failure(`${file} exists; --force replaces it, which ends the old token`);
  const loaded = existsSync(config) ? loadConfiguration(config) : undefined;
  const tokens = loaded?.ok === true ? (loaded.configuration.routeApi?.tokens ?? []) : [];
  if (tokens.some((token) => token.name === name))
    throw new Failure(`${config} has a token of the name ${name} already`);
}

/** For this user only; put in place whole. */
function writeSecret(file: string, secret: string): void {
  const unfinished = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(unfinished, `${secret}\n`, { mode: 0o600, flag: "wx" });
    renameSync(unfinished, file);
  } catch (error) {
    throw new Failure(`${file} cannot be written: ${(error as NodeJS.ErrnoException).code}`, EXIT.usage);
  }
}

const describe = (entry: TokenEntry, path: string, config: string): string =>
  [
    `A new token is in ${path}, which only you can read.`,
    `Add it to routeApi.tokens in ${config}; the route API reads it within seconds:`,
    "",
    `    - ${stringify(entry, { collectionStyle: "flow", lineWidth: 0 }).trim()}`,
  ].join("\n");
