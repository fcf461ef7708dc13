import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Fault } from "../mistakes.ts";
import { namedFiles } from "../paths.ts";
import { Configuration } from "../schema.ts";
import { certificateExpiries } from "./certificates.ts";

/**
 * Checks what depends on the machine and the user: folders that mmp writes to, ports that only a privileged process may
 * open, and certificates that have expired. A running process is not stopped by any of it.
 */
export const checkHost = (configuration: Configuration, nowMs: number): Fault[] => [
  ...unwritableFiles(configuration),
  ...privilegedPorts(configuration),
  ...certificateExpiries(configuration).flatMap(({ path, file, endsMs }) =>
    endsMs > nowMs ? [] : [{ path, text: `the certificate in ${file} expired on ${day(endsMs)}` }],
  ),
];

const DAY_MS = 86_400_000;
/** A certificate that ends within this many days is due to be replaced. */
const EXPIRES_SOON_DAYS = 21;

/** A line for each certificate that has expired or soon will. */
export const expiryWarnings = (configuration: Configuration, nowMs: number): string[] =>
  certificateExpiries(configuration).flatMap(({ file, endsMs }) => {
    const days = Math.floor((endsMs - nowMs) / DAY_MS);
    if (endsMs <= nowMs) return [`the certificate in ${file} expired on ${day(endsMs)}`];
    if (days >= EXPIRES_SOON_DAYS) return [];
    return [
      `the certificate in ${file} expires on ${day(endsMs)}, in ${days} ${days === 1 ? "day" : "days"}`,
    ];
  });

const day = (ms: number): string => new Date(ms).toISOString().slice(0, "2026-01-01".length);

/** Files that mmp makes; it makes their folders too, as far as they are missing. */
function unwritableFiles(configuration: Configuration): Fault[] {
  return namedFiles(Configuration, configuration).flatMap(({ path, file, use }) => {
    if (use !== "output") return [];
    const folder = existingFolder(file);
    if (!statSync(folder).isDirectory()) return [{ path, text: `${folder} is not a folder` }];
    const needed = existsSync(file) ? [folder, file] : [folder];
    return needed
      .filter((one) => !isWritable(one))
      .slice(0, 1)
      .map((one) => ({ path, text: `this user may not write to ${one}` }));
  });
}

/** The nearest thing above a file that exists. */
function existingFolder(file: string): string {
  let folder = dirname(file);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function privilegedPorts({ instances = {} }: Configuration): Fault[] {
  const first = firstUnprivilegedPort();
  return Object.entries(instances).flatMap(([name, { listeners }]) =>
    listeners.flatMap(({ port }, index) =>
      port === 0 || port >= first
        ? []
        : [
            {
              path: ["instances", name, "listeners", index, "port"],
              text: `this user may not open ports below ${first}: run mmp with CAP_NET_BIND_SERVICE`,
            },
          ],
    ),
  );
}

/** CAP_NET_BIND_SERVICE, by its number. */
const BIND_CAPABILITY = 10n;

/** The least port that this process may open. */
function firstUnprivilegedPort(): number {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
    if (((effective >> BIND_CAPABILITY) & 1n) === 1n) return 0;
    return Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
  } catch {
    // Not Linux: only an attempt would tell.
    return 0;
  }
}
