import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
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
    draft.files.set(copy, { content: readFileSync(resolve(dirname(place.file), value)), secret: false });
    return { value: `./${copy}`, note: "copied to the folder of mmp.yaml" };
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === "ENOENT" ? "is not on this machine" : "cannot be read here";
    todo(
      draft,
      `${name} of instance ${instance}: ${value} ${reason}. Copy it to the folder of mmp.yaml and set the field.`,
    );
    return { fate: "changed", note: `left out: ${value} ${reason}` };
  }
}
