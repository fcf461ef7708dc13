import { dirname, resolve } from "node:path";
import { type Certmap, parseCertmap } from "./certmap/certmap-file.ts";
import type { FileFault } from "./sections.ts";
import { parseVdmap } from "./virtual-domains/vdmap.ts";
import type { VirtualDomain } from "./virtual-domains/virtual-domain.ts";

/** Returns the text of a file; throws if it cannot be read. */
export type ReadText = (path: string) => string;

/** Mistakes in one of the old multiplexor's files; the message has one line for each, with file and line. */
export class ConfiguredFileError extends Error {
  constructor(file: string, faults: readonly FileFault[]) {
    super(noted(file, faults).join("\n"));
  }
}

/** The content of a file, and its lines that have no effect, `file:line: …`. */
export interface ReadFile<T> {
  content: T;
  ignored: string[];
}

const PATHS = ["certmapFile", "clientCaFile", "clientCrlFile"] as const;

/** The files that a virtual domain names. */
export const filesOfDomain = ({ overrides }: VirtualDomain): string[] =>
  PATHS.flatMap((field) => overrides[field] ?? []);

/** Reads a virtual domain file whole; its paths are relative to its folder. Throws ConfiguredFileError. */
export function readVdmapFile(file: string, readText: ReadText): ReadFile<VirtualDomain[]> {
  const read = parseVdmap(readText(file));
  if (!read.ok) throw new ConfiguredFileError(file, read.faults);
  const content = read.domains.map((domain) => {
    const paths = PATHS.flatMap((field) => {
      const path = domain.overrides[field];
      return path === undefined ? [] : [[field, resolve(dirname(file), path)] as const];
    });
    return { ...domain, overrides: { ...domain.overrides, ...Object.fromEntries(paths) } };
  });
  return { content, ignored: noted(file, read.ignored) };
}

/** Reads a certmap.conf whole. Throws ConfiguredFileError. */
export function readCertmapFile(file: string, readText: ReadText): ReadFile<Certmap> {
  const read = parseCertmap(readText(file));
  if (!read.ok) throw new ConfiguredFileError(file, read.faults);
  return { content: read.certmap, ignored: noted(file, read.ignored) };
}

const noted = (file: string, ignored: readonly FileFault[]): string[] =>
  ignored.map(({ line, text }) => `${file}:${line}: ${text}`);
