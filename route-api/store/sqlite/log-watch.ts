import { type FSWatcher, watch } from "node:fs";

/** Tells of writes to a database. */
export interface LogWatch {
  /**
   * Calls back when any process has written to the database's log, most often a moment before it can be read. Returns what
   * ends it; undefined where the log cannot be watched.
   */
  onWrite(written: () => void): (() => void) | undefined;
  close(): void;
}

/** Watches the write-ahead log of an open database, while anybody wants to hear of it. */
export function watchLog(database: string): LogWatch {
  const listeners = new Set<() => void>();
  let watcher: FSWatcher | undefined;

  const start = (): FSWatcher | undefined => {
    if (database === ":memory:") return;
    try {
      const started = watch(`${database}-wal`, { persistent: false }, () => {
        for (const written of listeners) written();
      });
      // Readers also look without being told.
      return started.on("error", () => {});
    } catch {
      return; // a limit of the system (fs.inotify.max_user_instances), or a file system that cannot tell
    }
  };
  const close = (): void => {
    watcher?.close();
    watcher = undefined;
  };

  return {
    onWrite(written) {
      watcher ??= start();
      if (watcher === undefined) return;
      listeners.add(written);
      return () => {
        listeners.delete(written);
        if (listeners.size === 0) close();
      };
    },
    close,
  };
}
