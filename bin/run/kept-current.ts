import type { Logger } from "pino";
import type { Section } from "../config/needs.ts";
import { watchedFiles } from "../config/paths.ts";
import type { SecretFiles } from "../secret-files/secret-files.ts";
import { notifyReady } from "./notify-service.ts";
import { runUntilSignal } from "./signals.ts";
import { watchFiles } from "./watch-files.ts";

export interface KeptCurrent {
  /** The configuration file. */
  file: string;
  /** The sections whose files count; by default all. */
  sections?: readonly Section[];
  /** Whether to reload when a file changes, as at SIGHUP. */
  watch: boolean;
  /** Files kept up to date from elsewhere. */
  secrets: SecretFiles | undefined;
  reload(): void;
  /** Resolves when another process runs in place of this one. */
  replaced?: Promise<void> | undefined;
  log: Logger;
}

/** Reloads at SIGHUP and when the configuration or a file that it names has changed, until a signal or `replaced`; then calls `stop`. */
export async function runKeptCurrent(
  { file, sections, watch, secrets, reload, replaced, log }: KeptCurrent,
  stop: () => Promise<void>,
): Promise<void> {
  secrets?.follow(log, reload);
  const watching = watch ? watchFiles(() => watchedFiles(file, sections), reload) : undefined;
  const ended = runUntilSignal(
    () => {
      watching?.close();
      return stop();
    },
    () => {
      watching?.catchUp();
      reload();
    },
    replaced,
  );
  // Whoever hears of it may send signals.
  notifyReady(log);
  await ended;
}
