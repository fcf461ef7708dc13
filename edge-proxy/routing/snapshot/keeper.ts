import { rm } from "node:fs/promises";
import type { Timed, Timers } from "../../timer-wheel.ts";
import { readSnapshotFile, writeSnapshotFile } from "./file.ts";
import type { SnapshotRoute } from "./format.ts";
import { snapshotPlaces, type WorkerPlace } from "./places.ts";

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

export interface SnapshotContext {
  place: WorkerPlace;
  timers: Timers;
  /** Gives a number from 0 to 1. */
  random: () => number;
  report(event: SnapshotEvent): void;
}

/** Reads what the workers before have written. Routes are as much older as the files are. */
export async function readSnapshots(
  { path }: SnapshotOptions,
  { place, report }: Pick<SnapshotContext, "place" | "report">,
): Promise<SnapshotRoute[]> {
  const { read } = await snapshotPlaces(path, place);
  const routes: SnapshotRoute[] = [];
  for (const file of read) {
    const result = await readSnapshotFile(file);
    if (result?.ok === false) report({ is: "refused", file, why: result.why });
    if (result?.ok !== true) continue;
    // A clock that was set back makes nothing younger than it was.
    const sinceMs = Math.max(0, Date.now() - result.writtenAtMs);
    const before = routes.length;
    for (const route of result.routes) routes.push({ ...route, ageMs: route.ageMs + sinceMs });
    report({ is: "read", file, routes: routes.length - before, ageSeconds: Math.round(sinceMs / 1000) });
  }
  return routes;
}

/** Writes a snapshot now and then, and a last one at the end. */
export class SnapshotKeeper implements Timed {
  due = -1;
  readonly #context: SnapshotContext;
  readonly #routes: () => Iterable<SnapshotRoute>;
  #options: SnapshotOptions | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failing = false;

  constructor(context: SnapshotContext, routes: () => Iterable<SnapshotRoute>) {
    this.#context = context;
    this.#routes = routes;
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
      const { own, read } = await snapshotPlaces(path, this.#context.place);
      await writeSnapshotFile(own, this.#routes(), Date.now());
      for (const file of read) if (file !== own) await rm(file, { force: true });
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) {
        this.#context.report({ is: "not-written", file: path, why: (error as Error).message });
      }
      this.#failing = true;
    }
  }
}
