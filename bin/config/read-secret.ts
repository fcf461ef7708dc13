import { readFileSync } from "node:fs";
import { Secret } from "../../route-api/contract/secret.ts";
import { EXIT, Failure } from "../failure.ts";
import { asciiSecretFault, withoutLineEnd } from "./secret-text.ts";

/** Reads a secret from its file, without the line end. Throws a Failure, which never shows the file's text. */
export function readSecret(file: string): Secret {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`, EXIT.usage);
  }
  const fault = asciiSecretFault(text);
  if (fault !== undefined) throw new Failure(`${file} ${fault}`, EXIT.usage);
  return new Secret(withoutLineEnd(text));
}
