import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ: the unit of times in /proc on every Linux that Bun runs on. */
const TICKS_PER_SECOND = 100;

export interface ProcessStat {
  pid: number;
  parentPid: number;
  /** User and system time in ticks, with that of children that have ended and were waited for. */
  ticks: number;
}

/** Reads a line of /proc/PID/stat (proc_pid_stat(5)). */
export function parseStat(line: string): ProcessStat {
  // The command's name is in parentheses and may hold any character, parentheses and spaces too.
  const nameEnd = line.lastIndexOf(")");
  const fields = line.slice(nameEnd + 2).split(" ");
  const [parentPid, utime, stime, cutime, cstime] = [1, 11, 12, 13, 14].map((index) => Number(fields[index]));
  const stat = {
    pid: Number.parseInt(line, 10),
    parentPid: Number(parentPid),
    ticks: Number(utime) + Number(stime) + Number(cutime) + Number(cstime),
  };
  if (nameEnd < 0 || Object.values(stat).some(Number.isNaN)) throw new Error(`not a stat line: ${line}`);
  return stat;
}

/** Proportional set size in KiB from the text of /proc/PID/smaps_rollup. */
export function parsePss(rollup: string): number {
  const value = /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1];
  if (value === undefined) throw new Error("smaps_rollup without Pss");
  return Number(value);
}

/** `root` and all its descendants. */
export function treeOf(root: number, stats: readonly ProcessStat[]): ProcessStat[] {
  const tree = stats.filter((stat) => stat.pid === root);
  for (const member of tree) tree.push(...stats.filter((stat) => stat.parentPid === member.pid));
  return tree;
}

/** The process `pid` and all its descendants, as they are now. */
export function processTree(pid: number): ProcessStat[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const lines = pids.flatMap((name) => readUnlessGone(`/proc/${name}/stat`));
  return treeOf(pid, lines.map(parseStat));
}

/** CPU time in seconds that the process tree has used, user and system. */
export function cpuSeconds(pid: number): number {
  return processTree(pid).reduce((sum, stat) => sum + stat.ticks, 0) / TICKS_PER_SECOND;
}

/** Memory of the process tree in KiB, shared pages divided among those that share them. */
export function memoryKiB(pid: number): number {
  return processTree(pid)
    .flatMap((stat) => readUnlessGone(`/proc/${stat.pid}/smaps_rollup`))
    .reduce((sum, rollup) => sum + parsePss(rollup), 0);
}

function readUnlessGone(path: string): string[] {
  try {
    return [readFileSync(path, "latin1")];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ESRCH") return []; // it has ended meanwhile
    throw error;
  }
}
