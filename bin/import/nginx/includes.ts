import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { badInput, type Finding } from "../finding.ts";
import { readText } from "../input.ts";
import { pathsLike } from "../paths-like.ts";
import { type Directive, parseNginx } from "./tokens.ts";

/** Directives with the included ones in their places. */
export interface Expanded {
  directives: Directive[];
  findings: Finding[];
  /** All files that were read, by their full paths. */
  read: string[];
  /** Files that were named but do not exist here. */
  missing: string[];
}

/**
 * Reads the files of each `include` in its place. A pattern (`conf.d/*.conf`) stands for the files that it fits, in the
 * order of their names.
 */
export function expandIncludes(directives: readonly Directive[]): Expanded {
  const result: Expanded = { directives: [], findings: [], read: [], missing: [] };
  result.directives = expand(directives, result, []);
  return result;
}

function expand(directives: readonly Directive[], result: Expanded, chain: readonly string[]): Directive[] {
  return directives.flatMap((directive) => {
    const { place, folder, name, args, block } = directive;
    if (name !== "include") {
      return block === undefined ? directive : { ...directive, block: expand(block, result, chain) };
    }
    const [given = ""] = args;
    const isPattern = /[*?[]/.test(given);
    const path = resolve(folder, given);
    if (!isPattern && !existsSync(path)) {
      result.missing.push(path);
      result.findings.push({
        place,
        name,
        fate: "changed",
        note: `left out: ${path} is not on this machine`,
      });
      return [];
    }
    const paths = isPattern ? pathsLike(path) : [path];
    const note = isPattern ? `${given} is ${paths.length === 0 ? "no file" : paths.join(", ")}` : path;
    result.findings.push({ place, name, fate: "carried", note: `read in place: ${note}` });
    return paths.flatMap((file) => {
      if (chain.includes(file)) throw badInput(place, `${file} includes itself`);
      result.read.push(file);
      const read = parseNginx({ path: file, text: readText(file) }, folder);
      return expand(read, result, [...chain, file]);
    });
  });
}
