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
  /** It is there in another form, or in part; the note says how. */
  | "changed"
  /** Nothing here corresponds to it; the note says why. */
  | "none"
  /** It has a meaning here, and mmp.yaml has no field for it so far. */
  | "pending"
  /** No edition that we know has it. */
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

/** The end of an import whose input is wrong: names the line, and nothing has been written. */
export const badInput = ({ file, line }: Place, text: string): Failure =>
  new Failure(`${file}:${line}: ${text}`, EXIT.usage);

/** One row for a line that several instances share, with the fields of all. */
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
