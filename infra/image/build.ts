#!/usr/bin/env node
/**
 * Compiles mmp and lays out the image's file system for each architecture:
 * `dist/image/<arch>/mmp`, `dist/image/<arch>/root/` and `dist/image/<arch>.tar`, which the Dockerfile adds.
 *
 *     node infra/image/build.ts            # amd64 and arm64
 *     node infra/image/build.ts arm64
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { foreignBun } from "./bun-executable.ts";
import { layRoot, packRoot } from "./root.ts";
import { TARGETS, type Target } from "./targets.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const BUN = join(PROJECT, "node_modules/.bin/bun");
const MEBIBYTE = 1024 * 1024;

/** The files that the build of a target writes. */
export interface Built {
  executable: string;
  root: string;
  archive: string;
}

/** Builds one target below `out`. */
export function buildTarget(target: Target, out: string): Built {
  const folder = join(out, target.arch);
  mkdirSync(folder, { recursive: true });
  const executable = join(folder, "mmp");
  compile(target, join(out, "cache"), executable);
  const root = join(folder, "root");
  layRoot(target, executable, join(PROJECT, "LICENSE"), root);
  const archive = join(out, `${target.arch}.tar`);
  packRoot(root, archive);
  return { executable, root, archive };
}

/** Options of `bun build` that say how mmp is bundled. */
export const BUNDLE_OPTIONS = [
  // A command parses only the chunks that it imports.
  "--splitting",
  // Keep names: they appear in stack traces and in the log.
  "--minify-syntax",
  "--minify-whitespace",
];

/** Options of `bun build` that add byte-code: half the time from start to listening, for 11 MiB (docs/performance.md). */
export const BYTECODE_OPTIONS = ["--bytecode", "--format=esm"];

/** Options of `bun build` that make the bundle an executable. */
export const EXECUTABLE_OPTIONS = [
  "--compile",
  // Files in the working directory must not change its behaviour.
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
];

function compile(target: Target, cache: string, executable: string): void {
  const isForeign = target.nodeArch !== process.arch;
  const options = [
    ...EXECUTABLE_OPTIONS,
    `--target=${target.bunTarget}`,
    ...(isForeign ? [`--compile-executable-path=${foreignBun(target, PROJECT, cache)}`] : []),
    ...BUNDLE_OPTIONS,
    ...BYTECODE_OPTIONS,
  ];
  const args = ["build", ...options, "bin/mmp.ts", "--outfile", executable];
  execFileSync(BUN, args, { cwd: PROJECT, stdio: ["ignore", "ignore", "inherit"] });
}

if (import.meta.main) {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !TARGETS.some(({ arch }) => arch === name));
  if (unknown.length > 0) {
    console.error(
      `unknown target ${unknown.join(", ")}; targets are ${TARGETS.map(({ arch }) => arch).join(", ")}`,
    );
    process.exit(2);
  }
  for (const target of TARGETS) {
    if (wanted.length > 0 && !wanted.includes(target.arch)) continue;
    const { archive } = buildTarget(target, join(PROJECT, "dist/image"));
    console.log(`${archive}: ${(statSync(archive).size / MEBIBYTE).toFixed(1)} MiB`);
  }
}
