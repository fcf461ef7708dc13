/** Asks the npm registry for advisories about the packages that are shipped; exits with 1 if one is not explained. */
import { spawnSync } from "node:child_process";
import explained from "./explained.json" with { type: "json" };
import { verdictOn } from "./verdict.ts";

/** Longest wait for the registry, in milliseconds. */
const TIMEOUT_MS = 60_000;

const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json"], {
  encoding: "utf8",
  timeout: TIMEOUT_MS,
});
const { ok, lines } = verdictOn(stdout ?? "", explained);
console.log(lines.join("\n"));
process.exitCode = ok ? 0 : 1;
