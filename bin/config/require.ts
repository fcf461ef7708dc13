import { readFileSync } from "node:fs";
import { Secret } from "../../route-api/contract/secret.ts";
import { EXIT, Failure } from "../failure.ts";
import { type Configuration, loadConfiguration } from "./load.ts";
import { formatMistake } from "./mistakes.ts";

/** The checked configuration of a file, or a Failure that lists every mistake in it. */
export function requireConfiguration(file: string): Configuration {
  const result = loadConfiguration(file);
  if (result.ok) return result.configuration;
  throw new Failure(result.mistakes.map(formatMistake).join("\n"), EXIT.usage);
}

/** Reads a secret from its file, without the line end; the file's text is never shown. */
export function readSecret(file: string): Secret {
  let text: string;
  try {
    text = readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`, EXIT.usage);
  }
  if (!/^[\x20-\x7e]+$/.test(text))
    throw new Failure(`${file} must hold one line of printable characters`, EXIT.usage);
  return new Secret(text);
}
