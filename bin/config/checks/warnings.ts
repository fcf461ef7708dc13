import type { Configuration } from "../load.ts";
import { clientTrustWarnings } from "./client-trust.ts";
import { loginWarnings } from "./logins.ts";

/** What is allowed in a configuration without mistakes, and yet hardly meant; each names its place. */
export const warningsOf = ({ instances }: Configuration): string[] =>
  Object.entries(instances).flatMap(([name, instance]) =>
    [...loginWarnings(instance), ...clientTrustWarnings(instance)].map(
      (warning) => `instances.${name}: ${warning}`,
    ),
  );
