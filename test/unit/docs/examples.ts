import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { Configuration } from "../../../bin/config/schema.ts";

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

const BASE = {
  routeStore: { sqlite: "routes.db" },
  directory: { url: "ldap://127.0.0.1", base: "dc=example" },
  routeApi: { tokenFile: "token" },
  stores: { "*": { imap: { port: 143 } } },
  instances: { main: { listeners: [{ protocol: "imap", port: 143 }] } },
};

/** What the schema says of a part of mmp.yaml, with what else a configuration needs around it; null: it is right. */
export function schemaFaults(yaml: string): string | null {
  const part = parse(yaml) as { directory?: object; stores?: object; instances?: { main?: object } };
  const result = Configuration.safeParse({
    ...BASE,
    ...part,
    directory: { ...BASE.directory, ...part.directory },
    instances: { main: { ...BASE.instances.main, ...part.instances?.main } },
  });
  return result.success ? null : result.error.message;
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
