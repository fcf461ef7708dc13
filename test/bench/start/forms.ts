import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { BUNDLE_OPTIONS, BYTECODE_OPTIONS, EXECUTABLE_OPTIONS } from "../../../infra/image/build.ts";
import { PROJECT } from "../workspace.ts";

/** The link leads to the binary itself: no launcher stays in the process tree. */
const BUN = realpathSync(join(PROJECT, "node_modules/.bin/bun"));

/** A form in which mmp can be installed. */
export interface Form {
  name: string;
  /** Builds it in a folder. Returns the command that runs mmp, without arguments. */
  build(folder: string): string[];
}

const WITHOUT_BYTECODE = [...EXECUTABLE_OPTIONS, ...BUNDLE_OPTIONS];
const WITH_BYTECODE = [...WITHOUT_BYTECODE, ...BYTECODE_OPTIONS];

export const FORMS: readonly Form[] = [
  { name: "`bun bin/mmp.ts`", build: () => [BUN, join(PROJECT, "bin/mmp.ts")] },
  { name: "bundle, run by `bun`", build: (folder) => [BUN, join(bundled(folder), "mmp.js")] },
  { name: "executable", build: (folder) => [compiled(folder, "mmp", WITHOUT_BYTECODE)] },
  {
    name: "executable with byte-code: the image, the packages",
    build: (folder) => [compiled(folder, "mmp-bytecode", WITH_BYTECODE)],
  },
  {
    name: "the same with `--minify`",
    build: (folder) => [compiled(folder, "mmp-minified", [...WITH_BYTECODE, "--minify"])],
  },
];

function bundled(folder: string): string {
  const out = join(folder, "bundle");
  build(["--target=bun", ...BUNDLE_OPTIONS, "--outdir", out]);
  return out;
}

function compiled(folder: string, name: string, options: readonly string[]): string {
  const out = join(folder, name);
  build([...options, "--outfile", out]);
  return out;
}

const build = (options: readonly string[]): void =>
  void execFileSync(BUN, ["build", "bin/mmp.ts", ...options], {
    cwd: PROJECT,
    stdio: ["ignore", "ignore", "inherit"],
  });
