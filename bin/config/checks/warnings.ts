import type { Configuration } from "../schema.ts";
import { clientTrustWarnings } from "./client-trust.ts";
import { ignoredLines } from "./login-files.ts";

/** What is valid in a configuration, but hardly meant; each warning names its place. */
export const warningsOf = ({ instances = {} }: Configuration): string[] =>
  Object.entries(instances).flatMap(([name, instance]) =>
    [...ignoredLines(instance), ...clientTrustWarnings(instance)].map(
      (warning) => `instances.${name}: ${warning}`,
    ),
  );
