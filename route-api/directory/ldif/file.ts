import { createReadStream, type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { LdifDirectory } from "../../config/directory.ts";
import { DirectoryError } from "../directory-error.ts";
import type { DirectoryEvent, DirectorySource } from "../source.ts";
import { readLdif } from "./reader.ts";

/** A file is written in several steps: a change counts when it has been quiet for this long. */
const QUIET_MS = 100;
/** Bytes that are read at once. */
const CHUNK_BYTES = 256 * 1024;

/** An LDIF file as a directory: read whole at first, whenever it has changed, and now and then. */
export const ldifFile = ({ ldif: file, compareSeconds }: LdifDirectory): DirectorySource => ({
  description: file,
  method: "file",
  async *follow(_cursor, signal) {
    const changes = watchFile(file);
    try {
      while (!signal.aborted) {
        yield* readWhole(file);
        await changes.next(compareSeconds * 1000, signal);
      }
    } finally {
      changes.close();
    }
  },
});

async function* readWhole(file: string): AsyncGenerator<DirectoryEvent> {
  yield { is: "refreshing" };
  const stream = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  try {
    for await (const record of readLdif(stream)) {
      if ("dn" in record) yield { is: "entry", entry: record };
      else yield { is: "skipped", skipped: { place: `${file}:${record.line}`, reason: record.reason } };
    }
  } catch (cause) {
    throw new DirectoryError("file", (cause as Error).message, { cause });
  } finally {
    stream.destroy();
  }
  yield { is: "refreshed" };
}

interface Changes {
  /** Resolves when the file has changed since the last call and is quiet, after the time, or at the signal. */
  next(waitMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

function watchFile(file: string): Changes {
  let changed = false;
  let wake = (): void => undefined;
  let quiet: ReturnType<typeof setTimeout> | undefined;
  let watcher: FSWatcher | undefined;
  try {
    // The folder, not the file: editors and ldapsearch put a new file in its place.
    watcher = watch(dirname(file), (_event, name) => {
      if (name !== basename(file)) return;
      clearTimeout(quiet);
      quiet = setTimeout(() => {
        changed = true;
        wake();
      }, QUIET_MS);
    });
    watcher.on("error", () => undefined);
  } catch (cause) {
    throw new DirectoryError("file", `${dirname(file)} cannot be watched: ${(cause as Error).message}`, {
      cause,
    });
  }
  return {
    async next(waitMs, signal) {
      if (!changed && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(() => wake(), waitMs);
          wake = () => {
            clearTimeout(timer);
            signal.removeEventListener("abort", wake);
            resolve();
          };
          signal.addEventListener("abort", wake, { once: true });
        });
      }
      changed = false;
    },
    close() {
      clearTimeout(quiet);
      watcher?.close();
    },
  };
}
