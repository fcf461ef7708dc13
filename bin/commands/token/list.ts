import { statSync } from "node:fs";
import { requireConfiguration } from "../../config/for-command.ts";
import { formatTable } from "../support/table.ts";
import type { TokenEntry, TokenList } from "./entry.ts";

export interface ListOptions {
  config: string;
  json?: true;
}

type Listed = TokenList["tokens"][number];

/** Right of every user of the machine to read a file. */
const OTHERS_READ = 0o004;

/** Prints the configured tokens, without their secrets. Throws a Failure, also if a file cannot be used. */
export function listTokens({ config, json }: ListOptions): void {
  const { routeApi } = requireConfiguration(config, "mmp token list");
  const edges: TokenEntry = { name: "edge", file: routeApi.tokenFile, scopes: ["edge"] };
  const list: TokenList = { tokens: [edges, ...routeApi.tokens].map(listed) };
  console.log(
    json === true ? JSON.stringify(list) : formatTable({ heading: HEADING, rows: list.tokens.map(row) }),
  );
}

const listed = (entry: TokenEntry): Listed => ({
  ...entry,
  readableByAll: (statSync(entry.file).mode & OTHERS_READ) !== 0,
});

const HEADING = ["NAME", "SCOPES", "FILE", "REMARK"];

const row = ({ name, scopes, file, readableByAll }: Listed): string[] => [
  name,
  scopes.join(", "),
  file,
  readableByAll ? "every user can read it; chmod 600 it" : "-",
];
