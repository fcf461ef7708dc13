import { readFileSync, statSync } from "node:fs";
import { requireConfiguration } from "../../config/for-command.ts";
import { asciiSecretFault } from "../../config/secret-text.ts";
import { Failure } from "../../failure.ts";
import { counted } from "../counted.ts";
import { formatTable } from "../support/table.ts";
import type { TokenEntry, TokenList } from "./entry.ts";

export interface ListOptions {
  config: string;
  json?: true;
}

type Listed = TokenList["tokens"][number];

/** Right of every user of the machine to read a file. */
const OTHERS_READ = 0o004;

/** Prints the configured tokens, without their secrets. Throws a Failure, also if one cannot be used. */
export function listTokens({ config, json }: ListOptions): void {
  const { routeApi } = requireConfiguration(config, "mmp token list");
  const edges: TokenEntry = { name: "edge", file: routeApi.tokenFile, scopes: ["edge"] };
  const tokens = [edges, ...routeApi.tokens].map(listed);
  const list: TokenList = { tokens };
  console.log(
    json === true ? JSON.stringify(list) : formatTable({ heading: HEADING, rows: tokens.map(row) }),
  );
  const unusable = tokens.filter(({ usable }) => !usable).length;
  if (unusable > 0) throw new Failure(`${counted(unusable, "token")} cannot be used`);
}

function listed(entry: TokenEntry): Listed {
  try {
    const fault = asciiSecretFault(readFileSync(entry.file, "utf8"));
    if (fault !== undefined) return { ...entry, usable: false, remark: fault };
    const isExposed = (statSync(entry.file).mode & OTHERS_READ) !== 0;
    return {
      ...entry,
      usable: true,
      ...(isExposed ? { remark: "every user can read it; chmod 600 it" } : {}),
    };
  } catch (error) {
    return {
      ...entry,
      usable: false,
      remark: `cannot be read: ${(error as NodeJS.ErrnoException).code}`,
    };
  }
}

const HEADING = ["NAME", "SCOPES", "FILE", "REMARK"];

const row = ({ name, scopes, file, remark }: Listed): string[] => [
  name,
  scopes.join(", "),
  file,
  remark ?? "-",
];
