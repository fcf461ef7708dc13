import { rm, stat } from "node:fs/promises";
import type { Timed, Timers } from "../../timer-wheel.ts";
import { readSnapshotFile, writeSnapshotFile } from "./file.ts";
import type { SnapshotRoute } from "./format.ts";
import { drafts, type FoundFile, filesToRead, ownFile, type Writer } from "./places.ts";

/** What an operator should know of snapshots. */
export type SnapshotEvent =
  | { is: "read"; file: string; routes: number; ageSeconds: number }
  /** The file cannot be used: the edge begins without it. */
  | { is: "refused"; file: string; why: string }
  /** Which accounts are on hold now could not be asked. */
  | { is: "holds-unread"; why: string }
  /** The old file stays. */
  | { is: "not-written"; file: string; why: string };

export interface SnapshotOptions {
  path: string;
  /** Time between two snapshots. */
  seconds: number;
}

export interface SnapshotContext extends Writer {
  timers: Timers;
  /** Gives a number from 0 to 1. */
  random: () => number;
  report(event: SnapshotEvent): void;
}

/** A file that was not written for so many intervals is nobody's any more. */
const LEFT_INTERVALS = 2;

/** What was read, and from which files. */
export interface Recalled {
  routes: SnapshotRoute[];
  files: FoundFile[];
}

/** Reads what other processes have written, those before this one above all. Routes are as much older as the files are. */
export async function readSnapshots(
  { path }: SnapshotOptions,
  { place, report }: Pick<SnapshotContext, "place" | "report">,
): Promise<Recalled> {
  const files = await filesToRead(path, place);
  const routes: SnapshotRoute[] = [];
  for (const { path: file } of files) {
    const result = await readSnapshotFile(file);
    if (result?.ok === false) report({ is: "refused", file, why: result.why });
    if (result?.ok !== true) continue;
    // A clock that was set back makes nothing younger than it was.
    const sinceMs = Math.max(0, Date.now() - result.writtenAtMs);
    const before = routes.length;
    for (const route of result.routes) routes.push({ ...route, ageMs: route.ageMs + sinceMs });
    report({ is: "read", file, routes: routes.length - before, ageSeconds: Math.round(sinceMs / 1000) });
  }
  return { routes, files };
}

/** Writes a snapshot now and then, and a last one at the end. */
export class SnapshotKeeper implements Timed {
  due = -1;
  readonly #context: SnapshotContext;
  readonly #routes: () => Iterable<SnapshotRoute>;
  #options: SnapshotOptions | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failing = false;
  /** What this process knows from the start on. */
  #read: FoundFile[];

  /** `read` are the files whose routes are among these. */
  constructor(
    context: SnapshotContext,
    routes: () => Iterable<SnapshotRoute>,
    read: readonly FoundFile[] = [],
  ) {
    this.#context = context;
    this.#routes = routes;
    this.#read = [...read];
  }

  /** Where to write from now on; undefined: nowhere. */
  keep(options: SnapshotOptions | undefined): void {
    this.#options = options;
    this.#context.timers.clear(this);
    this.#writeLater();
  }

  expire(): void {
    void this.write().then(() => this.#writeLater());
  }

  /** Writes one now; never rejects. */
  write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Writes the last one. */
  close(): Promise<void> {
    this.#context.timers.clear(this);
    return this.write().finally(() => this.keep(undefined));
  }

  #writeLater(): void {
    const { timers, random } = this.#context;
    // The workers of a host do not all write at the same time.
    if (this.#options !== undefined) timers.set(this, this.#options.seconds * (0.75 + random() / 2));
  }

  async #write(): Promise<void> {
    if (this.#options === undefined) return;
    const { path } = this.#options;
    try {
      await writeSnapshotFile(ownFile(path, this.#context), this.#routes(), Date.now());
      await this.#removeLeft(this.#options);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) {
        this.#context.report({ is: "not-written", file: path, why: (error as Error).message });
      }
      this.#failing = true;
    }
  }

  /** Removes files that nobody writes any more, and whose routes are in this process's own. Another edge may still write its. */
  async #removeLeft({ path, seconds }: SnapshotOptions): Promise<void> {
    const leftMs = Date.now() - LEFT_INTERVALS * seconds * 1000;
    const kept: FoundFile[] = [];
    for (const file of this.#read) {
      const written = await stat(file.path).catch(() => undefined);
      // Gone, or written since by whoever it belongs to.
      if (written?.mtimeMs !== file.writtenMs) continue;
      if (file.writtenMs < leftMs) await rm(file.path, { force: true });
      else kept.push(file);
    }
    this.#read = kept;
    for (const draft of await drafts(path)) {
      if (draft.writtenMs < leftMs) await rm(draft.path, { force: true });
    }
  }
}
