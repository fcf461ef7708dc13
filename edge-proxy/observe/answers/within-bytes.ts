import { ANSWER_MAX_BYTES } from "../../../route-api/contract/questions.ts";

/** The first records, at most `most`, that fit into one answer; takes no more of them than it looks at. */
export function withinBytes<T>(records: Iterable<T>, most: number): T[] {
  const fitting: T[] = [];
  let bytes = 0;
  for (const record of records) {
    bytes += Buffer.byteLength(JSON.stringify(record)) + 1;
    if (bytes > ANSWER_MAX_BYTES) break;
    fitting.push(record);
    if (fitting.length >= most) break;
  }
  return fitting;
}
