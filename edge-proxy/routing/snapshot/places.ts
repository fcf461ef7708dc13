import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Which of the workers of a host a process is; one alone is the first of one. */
export interface WorkerPlace {
  index: number;
  workers: number;
}

/** The files that a worker reads, and the one that it writes; the others it removes once what they had is in its own. */
export interface SnapshotPlaces {
  own: string;
  read: string[];
}

/**
 * Each worker has a file of its own: the first one `path`, others with their number behind. Where there were more workers
 * before, those that are left share out what the others wrote.
 */
export async function snapshotPlaces(path: string, { index, workers }: WorkerPlace): Promise<SnapshotPlaces> {
  const names = await readdir(dirname(path)).catch(() => []);
  const found = names
    .map((name) => numberOf(name, basename(path)))
    .filter((number) => number !== undefined && number % workers === index);
  return {
    own: fileOf(path, index),
    read: found.map((number) => fileOf(path, number ?? 0)),
  };
}

const fileOf = (path: string, number: number): string =>
  join(dirname(path), `${basename(path)}${number === 0 ? "" : `.${number}`}`);

/** The number of the worker that wrote a file; undefined where it is no snapshot's. */
function numberOf(name: string, base: string): number | undefined {
  if (name === base) return 0;
  if (!name.startsWith(`${base}.`)) return undefined;
  const rest = name.slice(base.length + 1);
  return /^[1-9]\d{0,3}$/.test(rest) ? Number(rest) : undefined;
}
