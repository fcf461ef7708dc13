import { Audit, type AuditEntry } from "../../../route-api/contract/audit.ts";
import { type ApiOptions, openApi } from "./api.ts";
import { formatTable } from "./table.ts";

export interface AuditOptions extends ApiOptions {
  limit: number;
}

/** Prints what operators did, newest first. Throws a Failure. */
export async function printAudit(options: AuditOptions): Promise<void> {
  const found = await openApi("mmp audit", options).get("/v1/audit", Audit, { limit: options.limit });
  if (options.json === true) console.log(JSON.stringify(found));
  else if (found.entries.length === 0) console.log("Nothing was done lately.");
  else
    console.log(formatTable({ heading: HEADING, rows: found.entries.map(row), whole: ["TIME", "TARGET"] }));
}

const HEADING = ["TIME", "BY", "ACTION", "TARGET", "WHY"];

const row = ({ at, by, action, target, why }: AuditEntry): string[] => [
  at.replace("T", " ").replace(/\.\d+Z$/, "Z"),
  by,
  action,
  target,
  why,
];
