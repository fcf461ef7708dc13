import { describeIssue } from "../config/issues.ts";
import { Configuration } from "../config/schema.ts";
import { EXIT, Failure } from "../failure.ts";
import type { Draft } from "./draft.ts";
import { badInput, readAll } from "./finding.ts";

/** Throws a Failure if the draft is not a valid configuration, with the old line that the wrong value came from. */
export function validate({ configuration, origins }: Draft): void {
  const result = Configuration.safeParse(configuration, { reportInput: true });
  if (result.success) return;
  const faults = result.error.issues.flatMap((issue) => describeIssue(issue, Configuration));
  readAll(faults, ({ path, text }) => {
    const field = path.map(String);
    for (let length = field.length; length > 0; length--) {
      const origin = origins.get(field.slice(0, length).join("."));
      if (origin !== undefined) throw badInput(origin, `cannot be carried over: ${field.join(".")} ${text}`);
    }
    throw new Failure(`the input is not enough for a configuration: ${field.join(".")} ${text}`, EXIT.usage);
  });
}
