import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Takes from processes the descriptors that they do not use yet. */
export function limitDescriptors(pids: readonly number[]): void {
  for (const pid of pids) {
    const used = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
    let free = 0;
    while (used.has(free)) free++;
    // A new one would have the lowest number that is free. What is closed meanwhile may be used again.
    prlimit(pid, free);
  }
}

/** As many as there may be. */
export function liftDescriptors(pids: readonly number[]): void {
  for (const pid of pids) {
    const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8"))?.[1];
    prlimit(pid, Number(hard));
  }
}

const prlimit = (pid: number, files: number): void =>
  void execFileSync("prlimit", ["--pid", String(pid), `--nofile=${files}:`]);

const GROUP = "/sys/fs/cgroup/memory/mmp-faults";

/** Why memory cannot be limited here; undefined where it can. */
export const memoryObstacle = (): string | undefined =>
  existsSync("/sys/fs/cgroup/memory/memory.limit_in_bytes") ? undefined : "no control group for memory here";

/** Lets processes take no more memory than they have, but for so many octets. */
export function limitMemory(pids: readonly number[], moreOctets: number): { lift(): void } {
  mkdirSync(GROUP, { recursive: true });
  for (const pid of pids) writeFileSync(join(GROUP, "cgroup.procs"), String(pid));
  // What they have stays with the group that it was taken in: this one counts what is new.
  writeFileSync(join(GROUP, "memory.limit_in_bytes"), String(moreOctets));
  return {
    lift() {
      for (const pid of readFileSync(join(GROUP, "cgroup.procs"), "utf8").split("\n").filter(Boolean))
        writeFileSync("/sys/fs/cgroup/memory/cgroup.procs", pid);
      rmdirSync(GROUP);
    },
  };
}
