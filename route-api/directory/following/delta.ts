import type { Csns } from "../csn.ts";
import { textsOf, withUuid } from "../entry.ts";
import { type FoundEntry, noticeError, type Paging, REFERENCE, searchEntries } from "../ldap/search.ts";
import type { SearchQuery, Wire } from "../ldap/wire.ts";
import type { AsOf, DirectoryEvent } from "../source.ts";

export interface DeltaOptions extends Paging {
  /** Reads what the server has applied; undefined if it has no CSNs. */
  readCsns: () => Promise<Csns | undefined>;
  /** Name of the server: marks by USN are good for it alone. */
  server: string;
  wire: Wire;
  query: SearchQuery;
  uuidAttribute: string;
  isActiveDirectory: boolean;
  /** Active Directory: its highest USN when the connection was made. */
  highestUsn: string | undefined;
  /** Time between two searches, in milliseconds. */
  everyMs: number;
}

/** An attribute that orders entries by age, and how far back each search reaches. */
interface Measure {
  attribute: string;
  /** Whether every change gives a new value, so that an entry whose value is the same was reported already. */
  exact: boolean;
  /**
   * The value to search from, after a search that took `lastedMs` and found `high` as the highest; `before` was the
   * highest at its start. An entry that changed during the search may have been passed already, and yet be older than
   * `high`.
   */
  from(high: string, lastedMs: number, before: string | undefined): string;
  compare(a: string, b: string): number;
}

/** Changes made on other servers may arrive late: each search overlaps the previous one by this, in milliseconds. */
const OVERLAP_MS = 5_000;

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const CSN: Measure = {
  attribute: "entryCSN",
  exact: true,
  from: (high, lastedMs) => `${generalizedTime(high, lastedMs, ".000000Z")}#000000#000#000000`,
  compare: byText,
};
const TIME: Measure = {
  attribute: "modifyTimestamp",
  exact: false,
  from: (high, lastedMs) => generalizedTime(high, lastedMs, "Z"),
  compare: byText,
};
/** A counter of one domain controller; meaningless on any other. */
const USN: Measure = {
  attribute: "uSNChanged",
  exact: true,
  from: (high, _lastedMs, before) => before ?? high,
  compare: (a, b) => Number(BigInt(a) - BigInt(b)),
};

/**
 * Reads everything, then polls for newer entries. A mark says from where to search: attribute, value and, for a USN, the
 * server. Deletions cannot be seen this way; full reads find them. Throws DirectoryError.
 */
export async function* deltaEvents(
  options: DeltaOptions,
  mark: string | undefined,
  nowMs: () => number = () => performance.now(),
): AsyncGenerator<DirectoryEvent> {
  const { wire, query, everyMs, uuidAttribute, isActiveDirectory, highestUsn, readCsns } = options;
  const told = new Map<string, string>();
  let from = readMark(options, mark);
  let high = from;
  let isEmpty = true;
  let csns = await readCsns();
  const asOf = (): AsOf => (csns === undefined ? { by: "arrival" } : { by: "csns", csns });
  yield { is: "refreshing", asOf: asOf() };
  if (from === undefined) {
    const beganMs = nowMs();
    for await (const entry of searchEntries(wire, query, options)) {
      if (entry === REFERENCE) {
        yield { is: "reference" };
        continue;
      }
      isEmpty = false;
      high = higher(isActiveDirectory, high, entry);
      yield { is: "entry", entry: withUuid(entry, uuidAttribute), asOf: asOf() };
    }
    from = high && { ...high, value: high.measure.from(high.value, nowMs() - beganMs, highestUsn) };
    yield { is: "refreshed", ...(from === undefined ? {} : { cursor: writeMark(options, from) }), csns };
  } else {
    // What was missed is still to be searched for.
    yield { is: "level", cursor: writeMark(options, from) };
  }

  for (;;) {
    await waitQuietly(wire, everyMs);
    // Without a readable version every search would return all entries: changes are then left to full reads.
    if (high === undefined && !isEmpty) continue;
    if (csns !== undefined) csns = await readCsns();
    const beganMs = nowMs();
    const before = high;
    const newer = from === undefined ? query : { ...query, filter: newerThan(query.filter, from) };
    for await (const found of searchEntries(wire, newer, options)) {
      if (found === REFERENCE) continue;
      isEmpty = false;
      high = higher(isActiveDirectory, high, found);
      const entry = withUuid(found, uuidAttribute);
      const [version = ""] = high === undefined ? [] : textsOf(found.attributes, high.measure.attribute);
      if (high?.measure.exact === true && entry.fault === undefined && told.get(entry.uuid ?? "") === version)
        continue;
      told.set(entry.uuid ?? "", version);
      yield { is: "entry", entry, asOf: asOf() };
    }
    if (high === undefined) continue;
    const { measure } = high;
    const next = measure.from(high.value, nowMs() - beganMs, before?.value);
    if (from === undefined || measure.compare(next, from.value) > 0) {
      from = { measure, value: next };
      yield { is: "cursor", cursor: writeMark(options, from), csns };
    }
    for (const [uuid, version] of told) {
      if (version === "" || measure.compare(version, from.value) < 0) told.delete(uuid);
    }
    yield { is: "lag", seconds: 0, ...(csns === undefined ? {} : { csns }) };
  }
}

/** Waits, and notices if the server closes the connection meanwhile. */
async function waitQuietly(wire: Wire, waitMs: number): Promise<void> {
  for (const message of await wire.read(waitMs)) {
    if (message.is === "notice") throw noticeError(wire.url, message.text);
  }
}

/** A value to search from, or the highest one found. */
interface Point {
  measure: Measure;
  value: string;
}

const newerThan = (filter: string, { measure, value }: Point): string =>
  `(&${filter}(${measure.attribute}>=${value}))`;

function higher(isActiveDirectory: boolean, high: Point | undefined, entry: FoundEntry): Point | undefined {
  for (const measure of high !== undefined ? [high.measure] : isActiveDirectory ? [USN] : [CSN, TIME]) {
    const [value] = textsOf(entry.attributes, measure.attribute);
    if (value === undefined) continue;
    return high === undefined || measure.compare(value, high.value) > 0 ? { measure, value } : high;
  }
  return high;
}

/** `20260101120000` minus `lessMs` and the overlap, with `end` appended. */
function generalizedTime(value: string, lessMs: number, end: string): string {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(value)?.map(Number) ?? [];
  const ms = Date.UTC(year ?? 1970, (month ?? 1) - 1, day, hour, minute, second) - lessMs - OVERLAP_MS;
  return `${new Date(ms).toISOString().replace(/\D/g, "").slice(0, 14)}${end}`;
}

const placeOf = ({ server }: DeltaOptions, measure: Measure): string => (measure === USN ? server : "");

const writeMark = (options: DeltaOptions, { measure, value }: Point): string =>
  JSON.stringify([measure.attribute, value, placeOf(options, measure)]);

/** Undefined if the mark belongs to another server. */
function readMark(options: DeltaOptions, mark: string | undefined): Point | undefined {
  if (mark === undefined) return undefined;
  const [attribute, value, place] = JSON.parse(mark) as string[];
  const measure = [CSN, TIME, USN].find((one) => one.attribute === attribute);
  if (measure === undefined || value === undefined || place !== placeOf(options, measure)) return undefined;
  return { measure, value };
}
