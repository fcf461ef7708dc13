import type { Configuration } from "./schema.ts";

export type Section = Exclude<keyof Configuration, "edge" | "history">;

/** The sections of mmp.yaml that each command needs. */
export const NEEDS = {
  "mmp up": ["routeStore", "directory", "routeApi", "stores", "instances"],
  "mmp edge": ["routeApi", "stores", "instances"],
  "mmp route-api": ["routeStore", "routeApi"],
  "mmp route-api --create-table": ["routeStore"],
  "mmp sync": ["routeStore", "directory"],
  "mmp sync status": ["routeStore"],
  "mmp sync release": ["routeStore"],
  "mmp route": ["routeApi"],
  "mmp user": ["routeApi"],
  "mmp sessions": ["routeApi"],
  "mmp kick": ["routeApi"],
  "mmp lift": ["routeApi"],
  "mmp hold": ["routeApi"],
  "mmp release": ["routeApi"],
  "mmp move": ["routeApi"],
  "mmp move --ldap-modify": ["directory"],
  "mmp trace": ["routeApi"],
  "mmp forget": ["routeApi"],
  "mmp stores": ["routeApi"],
  "mmp edges": ["routeApi"],
  "mmp audit": ["routeApi"],
  "mmp token list": ["routeApi"],
  "mmp token check": ["routeApi"],
} as const satisfies Record<string, readonly Section[]>;
export type Command = keyof typeof NEEDS;

/** A configuration with all the sections that a command needs. */
export type ConfigurationFor<C extends Command> = Configuration & {
  [S in (typeof NEEDS)[C][number]]: NonNullable<Configuration[S]>;
};

/** The configuration for a command, or the sections that it lacks. */
export function configurationFor<C extends Command>(
  configuration: Configuration,
  command: C,
): { configuration: ConfigurationFor<C> } | { lacking: Section[] } {
  const lacking = NEEDS[command].filter((section) => configuration[section] === undefined);
  return lacking.length > 0 ? { lacking } : { configuration: configuration as ConfigurationFor<C> };
}

/** `mmp sync needs directory in mmp.yaml` */
export const lackingText = (command: Command, lacking: readonly Section[], file: string): string =>
  `${command} needs ${lacking.join(" and ")} in ${file}`;
