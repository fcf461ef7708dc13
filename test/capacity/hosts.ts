import { hostCapacity } from "../../infra/config/host-types.ts";
import type { Figures } from "../bench/many/figures.ts";
import { sessionKiB } from "../bench/many/page.ts";
import { demandOf, LOAD, type Site } from "./sites.ts";
import { HOST_HOURS, HOURS_A_MONTH } from "./unit-costs.ts";

/** Share of a host's memory that sessions may take; the rest is for data of slow clients and for the next edge. */
const MEMORY_SHARE = 0.6;
/** Share of a host's cores that logins may take in the busiest hour, and while the sessions of a lost zone return. */
const BUSY_SHARE = 0.6;
const RETURN_SHARE = 0.9;
/** Time in which the sessions of a lost zone are to be back. */
export const RETURN_SECONDS = 120;

/** What a host of one type carries, and how many of them a site needs. */
export interface HostPlan {
  type: string;
  /** Sessions that a host can hold by its memory, and serve by its cores in the busiest hour. */
  byMemory: number;
  byLogins: number;
  /** For each site: hosts, and dollars a month. */
  sites: { hosts: number; dollars: number; bound: "memory" | "logins" | "return" | "zones" }[];
}

/** What measured figures mean for hosts of all known types, a worker a core. A host's core is taken to be as fast as the measured one. */
export function planHosts(figures: Figures, sites: readonly Site[]): HostPlan[] {
  const step = figures.steps.at(-1);
  if (step === undefined) throw new Error("no figures");
  const loginSeconds = step.loginCpuUs / 1e6;
  const workerKiB = figures.baseKiB / figures.workers;
  return Object.entries(HOST_HOURS).map(([type, hourDollars]) => {
    const host = hostCapacity(type);
    if (host === undefined) throw new Error(`${type} is not known`);
    const cores = host.cpu / 1024;
    const byMemory = (host.memoryMiB * 1024 * MEMORY_SHARE - cores * workerKiB) / sessionKiB(step);
    const loginsPerSession = (demand: { loginsPerSecond: number; sessions: number }): number =>
      (demand.loginsPerSecond * LOAD.peak) / demand.sessions;
    const byLoginsAt = (site: Site): number =>
      (cores * BUSY_SHARE) / (loginsPerSession(demandOf(site)) * loginSeconds);
    const planned = sites.map((site) => {
      const { sessions } = demandOf(site);
      // The other zones must do when one is lost.
      const left = (site.zones - 1) / site.zones;
      const returning = (sessions / site.zones / RETURN_SECONDS) * loginSeconds;
      const needs = {
        memory: sessions / byMemory / left,
        logins: sessions / byLoginsAt(site) / left,
        return: returning / (cores * RETURN_SHARE) / left,
        zones: site.zones,
      };
      const [bound] = (Object.keys(needs) as (keyof typeof needs)[]).sort((a, b) => needs[b] - needs[a]);
      const hosts = Math.ceil(Math.max(...Object.values(needs)));
      return { hosts, dollars: hosts * hourDollars * HOURS_A_MONTH, bound: bound ?? "zones" };
    });
    const [first] = sites;
    return { type, byMemory, byLogins: first === undefined ? 0 : byLoginsAt(first), sites: planned };
  });
}
