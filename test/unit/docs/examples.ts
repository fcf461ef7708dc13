import { readFileSync } from "node:fs";

export interface Example {
  /** What stands behind the backticks. */
  language: string;
  text: string;
}

/** The fenced blocks of a page, in their order. */
export function examplesOf(page: string): Example[] {
  const text = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), "utf8");
  return [...text.matchAll(/^```(\S*)\n(.*?)^```$/gms)].map(([, language = "", block = ""]) => ({
    language,
    text: block,
  }));
}

/** Cells of the rows of the table whose first heading this is, without backticks. */
export function rowsOf(page: string, heading: string): string[][] {
  const text = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), "utf8");
  const [, table = ""] = text.split(`| ${heading} |`);
  const rows = table.split("\n\n")[0]?.split("\n").slice(2) ?? [];
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) =>
        cell
          .trim()
          .replace(/^`(.*)`$/, "$1")
          .replaceAll("\\|", "|"),
      ),
  );
}
