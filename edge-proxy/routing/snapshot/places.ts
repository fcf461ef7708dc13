import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Which of the workers of a host a process is; one alone is the first of one. */
export interface WorkerPlace {
  index: number;
  workers: number;
}

/** A file of a process that may have ended. */
export interface FoundFile {
  path: string;
  /** When it was written, in milliseconds by the clock. */
  writtenMs: number;
}

/** Which process it is that writes; `id` is its own alone, in hex. */
export interface Writer {
  place: WorkerPlace;
  id: string;
}

/**
 * Each process writes a file of its own, with its worker's number in the name: edges that share the folder, as tasks of
 * one host do, know different users, and one's file must not take the place of another's.
 */
export const ownFile = (path: string, { place, id }: Writer): string => `${path}.${place.index}.${id}`;

/**
 * The files that a worker reads: those of its number, in whichever edge; where there were more workers before, those
 * that are left share out what the others wrote.
 */
export async function filesToRead(path: string, { index, workers }: WorkerPlace): Promise<FoundFile[]> {
  return found(path, ({ worker }) => worker !== undefined && worker % workers === index);
}

/** What was left by processes that were killed while they wrote. */
export const drafts = (path: string): Promise<FoundFile[]> => found(path, ({ isDraft }) => isDraft);

interface Name {
  /** Number of the worker that wrote it; undefined where it is no whole snapshot. */
  worker: number | undefined;
  isDraft: boolean;
}

async function found(path: string, wanted: (name: Name) => boolean): Promise<FoundFile[]> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  const files = names
    .filter((name) => wanted(nameOf(name, basename(path))))
    .map(async (name): Promise<FoundFile[]> => {
      const file = join(folder, name);
      const written = await stat(file).catch(() => undefined);
      return written === undefined ? [] : [{ path: file, writtenMs: written.mtimeMs }];
    });
  return (await Promise.all(files)).flat();
}

const SUFFIX = /^\.(\d{1,4})\.[0-9a-f]+(\.new)?$/;

/** The name alone is the first worker's too. */
function nameOf(name: string, base: string): Name {
  if (name === base) return { worker: 0, isDraft: false };
  const [, worker, draft] = (name.startsWith(base) && SUFFIX.exec(name.slice(base.length))) || [];
  const isDraft = draft !== undefined;
  return { worker: worker === undefined || isDraft ? undefined : Number(worker), isDraft };
}
