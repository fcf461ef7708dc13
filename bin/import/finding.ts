import { EXIT, Failure } from "../failure.ts";

/** A line of a file that is read. */
export interface Place {
  file: string;
  line: number;
}

/** What became of a setting of the old configuration. */
export type Fate =
  /** It is in mmp.yaml as it was. */
  | "carried"
  /** It is there in another form or in part; the note says how. */
  | "changed"
  /** It has no counterpart; the note says why. */
  | "none"
  /** It would make sense here, but mmp.yaml has no field for it yet. */
  | "pending"
  /** No known version has it. */
  | "unknown";

/** One row of the report. */
export interface Finding {
  place: Place;
  name: string;
  fate: Fate;
  /** The field of mmp.yaml. */
  field?: string;
  note?: string;
}

/** Ends an import whose input is invalid, with the line; nothing has been written. */
export const badInput = ({ file, line }: Place, text: string): Failure =>
  new Failure(`${file}:${line}: ${text}`, EXIT.usage);

/** Most faults that are shown at once. */
const FAULTS_SHOWN = 20;

/** Reads each item, and throws one Failure with the faults of all of them. */
export function readAll<Item, Result>(
  items: readonly Item[],
  read: (item: Item, index: number) => Result[],
): Result[] {
  const faults: string[] = [];
  const results = items.flatMap((item, index) => {
    try {
      return read(item, index);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      faults.push(error.message);
      return [];
    }
  });
  if (faults.length === 0) return results;
  const more = faults.length - FAULTS_SHOWN;
  const shown = [...faults.slice(0, FAULTS_SHOWN), ...(more > 0 ? [`and ${more} more`] : [])];
  throw new Failure(shown.join("\n"), EXIT.usage);
}

/** Merges the rows of a line that several instances share into one, with the fields of all. */
export function mergeFindings(findings: readonly Finding[]): Finding[] {
  const rows = new Map<string, Finding & { fields: Set<string> }>();
  for (const finding of findings) {
    const { place, name, fate, note = "", field } = finding;
    const key = [place.file, place.line, name, fate, note].join("\0");
    const row = rows.get(key) ?? { ...finding, fields: new Set() };
    if (field !== undefined) row.fields.add(field);
    rows.set(key, row);
  }
  return [...rows.values()].map(({ fields, field: _, ...finding }) =>
    fields.size === 0 ? finding : { ...finding, field: [...fields].join(", ") },
  );
}
