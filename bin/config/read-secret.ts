import { readFileSync } from "node:fs";
import { Secret } from "../../route-api/contract/secret.ts";
import { EXIT, Failure } from "../failure.ts";

/** Reads a secret from its file, without the line end. Throws a Failure, which never shows the file's text. */
export function readSecret(file: string): Secret {
  let text: string;
  try {
    text = readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`, EXIT.usage);
  }
  if (!/^[\x20-\x7e]+$/.test(text))
    throw new Failure(`${file} must contain one line of printable ASCII characters`, EXIT.usage);
  return new Secret(text);
}
