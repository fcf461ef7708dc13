/** The configuration file, if nothing names another. */
export const DEFAULT_CONFIG = "mmp.yaml";
