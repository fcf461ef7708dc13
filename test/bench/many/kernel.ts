import { readdirSync, readFileSync } from "node:fs";
import { processTree } from "../proc.ts";

/** What the kernel holds in memory, in KiB. */
export interface KernelMemory {
  /** Its objects: sockets, files, entries of epoll. Of the whole machine. */
  slabKiB: number;
  /** Data waiting in TCP sockets. Of the whole machine. */
  tcpKiB: number;
  /** Page tables of the process tree. */
  pageTablesKiB: number;
}

const PAGE_KIB = 4;

/** The number behind a word in a file of /proc. Throws if there is none. */
export function numberBehind(text: string, word: string): number {
  const value = new RegExp(`(?:^|\\s)${word}\\s+(\\d+)`, "m").exec(text)?.[1];
  if (value === undefined) throw new Error(`no ${word}`);
  return Number(value);
}

const read = (file: string): string => readFileSync(`/proc/${file}`, "latin1");

/** The kernel's memory now; `pid` is the root of the tree whose page tables count. */
export function kernelMemory(pid: number): KernelMemory {
  const tables = processTree(pid).map((stat) => numberBehind(read(`${stat.pid}/status`), "VmPTE:"));
  const tcpLine = /^TCP:.*$/m.exec(read("net/sockstat"))?.[0] ?? "";
  return {
    slabKiB: numberBehind(read("meminfo"), "Slab:"),
    tcpKiB: numberBehind(tcpLine, "mem") * PAGE_KIB,
    pageTablesKiB: tables.reduce((sum, kib) => sum + kib, 0),
  };
}

/** Open files of each process below this one, or of it alone where there is none: of an edge's workers. */
export function filesOfWorkers(pid: number): number[] {
  const tree = processTree(pid);
  const workers = tree.length > 1 ? tree.filter((stat) => stat.parentPid === pid) : tree;
  return workers.map((stat) => readdirSync(`/proc/${stat.pid}/fd`).length);
}
