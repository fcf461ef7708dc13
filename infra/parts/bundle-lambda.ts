import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/** Makes one file of bin/run/lambda.ts and all that it imports, for Node; gives its folder. Takes no network. */
export function bundleLambda(): string {
  const folder = join(PROJECT, "dist/lambda");
  mkdirSync(folder, { recursive: true });
  // Whoever reads the folder meanwhile finds the file whole.
  const draft = `${folder}.${process.pid}.mjs`;
  const bun = join(PROJECT, "node_modules/.bin/bun");
  const args = [
    "build",
    "bin/run/lambda.ts",
    "--target=node",
    "--format=esm",
    "--minify-whitespace",
    "--outfile",
    draft,
  ];
  execFileSync(bun, args, { cwd: PROJECT, stdio: ["ignore", "ignore", "inherit"] });
  renameSync(draft, join(folder, "lambda.mjs"));
  return folder;
}
