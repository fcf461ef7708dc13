import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { badInput, type Finding, type Place } from "../finding.ts";
import { type InputFile, readText } from "../input.ts";
import { pathsLike } from "../paths-like.ts";

/** A setting with its value, or a section with its label and settings. */
export interface Setting {
  place: Place;
  name: string;
  /** Of a section: what stands between its name and its brace, such as `imap-login`. */
  label: string;
  value: string;
  /** The value is that of a file (`<path`). */
  isFile: boolean;
  section?: Setting[];
}

/** The settings of a file and of those that it includes. */
export interface Doveconf {
  settings: Setting[];
  findings: Finding[];
}

/** Reads dovecot.conf, or what `doveconf -n` prints; `!include` is read in place. */
export function parseDoveconf(file: InputFile): Doveconf {
  const findings: Finding[] = [];
  const root: Setting[] = [];
  const stack: { settings: Setting[]; place: Place }[] = [];
  const current = (): Setting[] => stack.at(-1)?.settings ?? root;
  const read = (input: InputFile, chain: readonly string[]): void => {
    for (const { text, place } of logicalLines(input)) {
      const [, tried, pattern = ""] = /^!include(_try)?\s+(.+)$/.exec(text) ?? [];
      if (pattern !== "") include(pattern, place, tried !== undefined, chain);
      else if (text === "}") {
        if (stack.pop() === undefined) throw badInput(place, "} without a section");
      } else readLine(text, place);
    }
  };
  const include = (pattern: string, place: Place, isTry: boolean, chain: readonly string[]): void => {
    const path = resolve(dirname(place.file), pattern);
    const paths = /[*?[]/.test(pattern) ? pathsLike(path) : existsSync(path) ? [path] : [];
    const isMissing = paths.length === 0 && !isTry && !/[*?[]/.test(pattern);
    findings.push({
      place,
      name: "!include",
      fate: isMissing ? "changed" : "carried",
      note: isMissing
        ? `left out: ${path} is not on this machine`
        : `read in place: ${paths.join(", ") || "no file"}`,
    });
    for (const one of paths) {
      if (chain.includes(one)) throw badInput(place, `${one} includes itself`);
      read({ path: one, text: readText(one) }, [...chain, one]);
    }
  };
  const readLine = (text: string, place: Place): void => {
    const [, name = "", label = ""] = /^(\w+)\s*([^={]*?)\s*\{$/.exec(text) ?? [];
    if (name !== "") {
      const section: Setting[] = [];
      current().push({ place, name, label: unquoted(label), value: "", isFile: false, section });
      stack.push({ settings: section, place });
      return;
    }
    const [, key = "", value = ""] = /^([\w/.-]+)\s*=\s*(.*)$/.exec(text) ?? [];
    if (key === "") throw badInput(place, "expected name = value, or name {");
    const isFile = value.startsWith("<");
    current().push({ place, name: key, label: "", value: unquoted(isFile ? value.slice(1) : value), isFile });
  };
  read(file, [resolve(file.path)]);
  const open = stack.at(-1);
  if (open !== undefined) throw badInput(open.place, "this section is never closed");
  return { settings: root, findings };
}

/** Lines without comments; a backslash at the end joins the next line. */
function logicalLines({ path, text }: InputFile): { text: string; place: Place }[] {
  const lines: { text: string; place: Place }[] = [];
  let open: { text: string; place: Place } | undefined;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = withoutComment(raw.trim());
    const joined = open ?? { text: "", place: { file: path, line: index + 1 } };
    joined.text += line.replace(/\s*\\$/, " ");
    open = line.endsWith("\\") ? joined : undefined;
    if (open === undefined && joined.text.trim() !== "") lines.push({ ...joined, text: joined.text.trim() });
  }
  return lines;
}

/** A comment begins with a # at the start or behind a blank, outside of quotes. */
const withoutComment = (line: string): string =>
  line.startsWith("#") ? "" : line.replace(/^((?:"(?:\\.|[^"\\])*"|[^"])*?)\s#.*$/, "$1").trim();

const unquoted = (value: string): string =>
  /^"(?:\\.|[^"\\])*"$/.test(value) ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;

/** The last setting of a name: a later one replaces it. */
export const lastOf = (settings: readonly Setting[], name: string): Setting | undefined =>
  settings.findLast((setting) => setting.name === name && setting.section === undefined);

/** The sections of a name. */
export const sectionsOf = (
  settings: readonly Setting[],
  name: string,
): (Setting & { section: Setting[] })[] =>
  settings.flatMap((setting) =>
    setting.name === name && setting.section !== undefined ? [{ ...setting, section: setting.section }] : [],
  );

/** A yes of Dovecot's. */
export const isYes = (text: string | undefined): boolean => /^(y|yes|true|1)$/i.test(text ?? "");

/** A file that a setting names, or one of its name beside the setting's file; undefined if neither is on this machine. */
export function findFile(given: string, { file }: Place): string | undefined {
  const folder = dirname(file);
  return [resolve(folder, given), join(folder, basename(given))].find(
    (path) => given !== "" && existsSync(path),
  );
}
