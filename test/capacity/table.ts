import { demandOf, LOAD, type Site } from "./sites.ts";
import {
  ACCOUNT_BYTES,
  ACCOUNT_SCAN_UNITS,
  DAYS_A_MONTH,
  HEARTBEAT_SECONDS,
  KEPT_DAYS,
  KEPT_LOGIN_BYTES,
  LOOKS_PER_SECOND,
  PRICES,
  SECONDS_A_MONTH,
  SYNC_WRITES_PER_SECOND,
  UNITS,
} from "./unit-costs.ts";

/** A line of the route table's month: units in millions, and dollars. */
export interface TableLine {
  what: string;
  reads: number;
  writes: number;
  dollars: number;
}

/** What an account's history takes in the table. */
const KEPT_BYTES = KEPT_DAYS * (LOAD.clientsPerDay + LOAD.failuresPerDay) * KEPT_LOGIN_BYTES;

/** What a site's route table costs a month, line by line. */
export function tableMonth(site: Site): TableLine[] {
  const { accounts } = site;
  const demand = demandOf(site);
  const line = (what: string, times: number, { read, write }: { read: number; write: number }): TableLine => {
    const [reads, writes] = [(times * read) / 1e6, (times * write) / 1e6];
    return { what, reads, writes, dollars: reads * PRICES.readsMillion + writes * PRICES.writesMillion };
  };
  const daily = (share: number) => accounts * share * DAYS_A_MONTH;
  const gb = (accounts * (ACCOUNT_BYTES + KEPT_BYTES)) / 1e9;
  return [
    line("Look-ups", demand.lookUpsPerSecond * SECONDS_A_MONTH, UNITS.lookUp),
    line("Changes", daily(LOAD.changedPerDay), UNITS.changed),
    line("New entries", daily(LOAD.addedPerDay), UNITS.added),
    line("Removed entries", daily(LOAD.removedPerDay), UNITS.removed),
    line("Route APIs look at the feeds", demand.routeApis * LOOKS_PER_SECOND * SECONDS_A_MONTH, UNITS.look),
    line("Heartbeats of edges", (demand.edges * SECONDS_A_MONTH) / HEARTBEAT_SECONDS, UNITS.heartbeat),
    line("Nightly compare: entries told again", daily(1), UNITS.unchanged),
    line("Nightly compare: scan of the table", daily(1), { read: ACCOUNT_SCAN_UNITS, write: 0 }),
    line("Weekly check of every name", (accounts * DAYS_A_MONTH) / 7, UNITS.checked),
    line("Lease and status of the sync", SYNC_WRITES_PER_SECOND * SECONDS_A_MONTH, { read: 0, write: 1 }),
    line(
      "History: is this the day's first login?",
      demand.lookUpsPerSecond * SECONDS_A_MONTH,
      UNITS.maybeFirst,
    ),
    line("History: first logins kept", daily(LOAD.clientsPerDay), UNITS.keptLogin),
    line("History: failed logins kept", daily(LOAD.failuresPerDay), UNITS.keptFailure),
    {
      what: "Storage with point-in-time recovery",
      reads: 0,
      writes: 0,
      dollars: gb * (PRICES.tableGbMonth + PRICES.recoveryGbMonth),
    },
  ];
}

export const tableDollars = (site: Site): number =>
  tableMonth(site).reduce((sum, { dollars }) => sum + dollars, 0);
