import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { hasSecretLines } from "../../config/secret-lines.ts";
import { todo } from "../draft.ts";
import type { Parameter } from "./cfg-file.ts";
import type { Outcome, Target } from "./row.ts";

/** Copies the file that a parameter names to the folder of mmp.yaml; if it is not on this machine, that is left to do. */
export function copyBeside(
  { name, value, place }: Parameter,
  { draft, instance }: Target,
  as: string,
): Outcome {
  const copy = `${instance}-${as}`;
  try {
    const content = readFileSync(resolve(dirname(place.file), value));
    const secret = hasSecretLines(content.toString("latin1"));
    draft.files.set(copy, { content, secret });
    const note = "copied to the folder of mmp.yaml";
    return { value: `./${copy}`, note: secret ? `${note}, mode 0600: it contains a password` : note };
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === "ENOENT" ? "is not on this machine" : "cannot be read here";
    todo(
      draft,
      `${name} of instance ${instance}: ${value} ${reason}. Copy it to the folder of mmp.yaml, mode 0600 if it contains a password, and set the field.`,
    );
    return { fate: "changed", note: `left out: ${value} ${reason}` };
  }
}
