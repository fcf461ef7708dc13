import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { processId } from "./session-record.ts";

/** Longest part of the host's name that is used, in characters. */
const HOST_CHARACTERS = 100;

/** Name of this process among all edges: its host, and the part with which its session ids begin. */
export const edgeName = (): string =>
  `${hostname()
    .replace(/[^\w.-]/g, "-")
    .slice(0, HOST_CHARACTERS)}:${processId}`;

/** The runtime and its version, such as `bun 1.3.0`. */
export function runtimeName(): string {
  const { bun, deno, node } = process.versions as Record<string, string | undefined>;
  if (bun !== undefined) return `bun ${bun}`;
  return deno === undefined ? `node ${node}` : `deno ${deno}`;
}

/** Digest of a configuration. Secrets do not count: they print as nothing but that. */
export const configurationDigest = (configuration: unknown): string =>
  createHash("sha256").update(JSON.stringify(configuration)).digest("hex").slice(0, 12);
