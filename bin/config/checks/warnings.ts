import { unprovedStores, unprovedText } from "../../../edge-proxy/config/unproved-stores.ts";
import type { Configuration } from "../schema.ts";
import { clientTrustWarnings } from "./client-trust.ts";
import { ignoredLines } from "./login-files.ts";

/** What is valid in a configuration, but hardly meant; each warning names its place. */
export const warningsOf = ({ instances = {}, stores = {} }: Configuration): string[] =>
  Object.entries(instances).flatMap(([name, instance]) =>
    [
      ...ignoredLines(instance),
      ...clientTrustWarnings(instance),
      ...unprovedWarnings(unprovedStores(instance, stores)),
    ].map((warning) => `instances.${name}: ${warning}`),
  );

const unprovedWarnings = (stores: readonly string[]): string[] =>
  stores.length === 0 ? [] : [unprovedText(stores)];
