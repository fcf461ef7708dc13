import type { SyncStatus } from "../../../route-api/contract/sync-status.ts";
import { watchStatus } from "../../../route-api/sync/status.ts";
import { EXIT, Failure } from "../../failure.ts";
import { counted } from "../counted.ts";
import { withStore } from "./with-store.ts";

/** Prints the state of the sync. Ends with an exit code of its own unless the route store follows the directory. */
export const printStatus = (config: string, isJson: boolean): Promise<void> =>
  withStore(config, "mmp sync status", async (store) => {
    const status = await watchStatus(store);
    console.log(isJson ? JSON.stringify(status, null, 2) : statusText(status));
    const code = STATUS_EXIT_CODES[status.state];
    if (code !== 0) throw new Failure("", code);
  });

/** In trouble, nobody is following; on hold, somebody must decide. */
export const STATUS_EXIT_CODES: Readonly<Record<SyncStatus["state"], number>> = {
  following: 0,
  refreshing: 0,
  behind: 0,
  held: EXIT.failure,
  failing: EXIT.usage,
  stopped: EXIT.usage,
  never: EXIT.usage,
};

const STATES: Readonly<Record<SyncStatus["state"], string>> = {
  following: "following the directory",
  refreshing: "reading the whole directory",
  behind: "following a server that lacks changes which another had: no entries are removed",
  held: "following the directory; removals are on hold",
  failing: "failing; it retries by itself",
  stopped: "stopped: no sync is running",
  never: "no sync has ever run",
};

/** The status for people. */
export function statusText(status: SyncStatus): string {
  const { state, leader, directory, method, lagSeconds, lastChangeAt, lastFullRun, held, failure } = status;
  const lines: [name: string, text: string | undefined][] = [
    [
      "directory",
      directory === undefined ? undefined : `${directory}${method === undefined ? "" : ` (${method})`}`,
    ],
    ["leader", leader],
    ["lag", lagSeconds === undefined ? undefined : `${lagSeconds} s`],
    ["change", lastChangeAt],
    ["full read", lastFullRun === undefined ? undefined : fullRead(lastFullRun)],
    ["on hold", held === undefined ? undefined : `${heldText(held)}; to approve it: mmp sync release`],
    [
      "failure",
      failure === undefined ? undefined : `${failure.code}: ${failure.message} (since ${failure.since})`,
    ],
    [
      "skipped",
      list(
        status.skippedCount,
        status.skipped.map(({ place, reason }) => `${place}: ${reason}`),
      ),
    ],
    [
      "ambiguous",
      list(
        status.ambiguousCount,
        status.ambiguous.map(({ name, dns }) => `${name}: ${dns.join("; ")}`),
      ),
    ],
  ];
  return [
    STATES[state],
    ...lines.flatMap(([name, text]) => (text === undefined ? [] : [`  ${`${name}:`.padEnd(11)}${text}`])),
  ].join("\n");
}

function fullRead(run: NonNullable<SyncStatus["lastFullRun"]>): string {
  const { finishedAt, durationMs, read, written, removed, older, references } = run;
  const more = [
    ...(older > 0 ? [`${older} older than the route store's`] : []),
    ...(references > 0 ? [`${counted(references, "reference")} not followed`] : []),
  ];
  const counts = [
    `${counted(read, "entry", "entries")} read`,
    `${written} written`,
    `${removed} removed`,
    ...more,
  ];
  return `${finishedAt}, in ${(durationMs / 1000).toFixed(1)} s: ${counts.join(", ")}`;
}

const heldText = ({ since, wouldRemove, of, missingCanaries }: NonNullable<SyncStatus["held"]>): string =>
  [
    `${wouldRemove} of ${counted(of, "entry", "entries")} would be removed (since ${since})`,
    ...(missingCanaries.length === 0 ? [] : [`the directory lacks ${missingCanaries.join(", ")}`]),
  ].join("; ");

/** A count, and below it the ones that are known. */
function list(count: number, known: readonly string[]): string | undefined {
  if (count === 0) return undefined;
  const more = count - known.length;
  return [String(count), ...known, ...(more > 0 ? [`and ${more} more`] : [])].join("\n    ");
}
