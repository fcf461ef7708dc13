import type { Logger } from "pino";
import type { DirectoryConfig } from "../config/directory.ts";
import type { Secret } from "../contract/secret.ts";
import { ldapDirectory } from "./ldap-directory.ts";
import { ldifFile } from "./ldif/file.ts";
import type { DirectorySource } from "./source.ts";

/** The directory that the configuration names; nothing is opened until its events are read. */
export const openDirectory = (
  config: DirectoryConfig,
  bindPassword: Secret | undefined,
  log: Logger,
): DirectorySource => ("ldif" in config ? ldifFile(config) : ldapDirectory(config, bindPassword, log));
