import { hostCapacity, tasksPerHost } from "../../infra/config/host-types.ts";
import { EdgeSize, HOST_TARGET_PERCENT } from "../../infra/config/sizes.ts";
import { CORE, SECONDS_A_DAY } from "./unit-costs.ts";

/** What accounts do. */
export const LOAD = {
  loginsPerDay: 40,
  /** Share of logins whose route the edge has cached. */
  cached: 0.5,
  /** Share of accounts with a session at once; mail programs keep several. */
  sessions: 0.3,
  megabytesPerMonth: 100,
  /** How much more the busiest hour has than the average. */
  peak: 2.5,
  changedPerDay: 0.005,
  addedPerDay: 0.001,
  removedPerDay: 0.001,
  /** Client networks and protocols of an account that log in on a day, and failed logins. */
  clientsPerDay: 3,
  failuresPerDay: 0.4,
} as const;

export interface Site {
  name: string;
  accounts: number;
  zones: number;
  routeApi: { cores: number; memoryGib: number };
  sync: { cores: number; memoryGib: number };
}

const SMALL_TASK = { cores: 0.5, memoryGib: 1 };
const CORE_TASK = { cores: 1, memoryGib: 2 };

export const SITES = {
  small: { name: "Small", accounts: 10_000, zones: 2, routeApi: SMALL_TASK, sync: SMALL_TASK },
  medium: { name: "Medium", accounts: 1_000_000, zones: 3, routeApi: SMALL_TASK, sync: SMALL_TASK },
  large: { name: "Large", accounts: 10_000_000, zones: 3, routeApi: CORE_TASK, sync: CORE_TASK },
  largest: {
    name: "Largest",
    accounts: 100_000_000,
    zones: 3,
    routeApi: CORE_TASK,
    sync: { cores: 1, memoryGib: 4 },
  },
} satisfies Record<string, Site>;

/** What a site has to run, from its load and the deployment's defaults. */
export interface Demand {
  sessions: number;
  loginsPerSecond: number;
  /** Average look-ups a second at the route API. */
  lookUpsPerSecond: number;
  changesPerSecond: number;
  edges: number;
  hosts: number;
  tasksOnHost: number;
  /** Answers to long polls a second: every edge hears of every change. */
  feedAnswersPerSecond: number;
  routeApis: number;
  gbPerMonth: number;
}

const EDGE = EdgeSize.parse({});
const ROUTE_APIS_MIN = 2;
/** Share of a core at which route APIs are added. */
const API_TARGET = 0.5;

export function demandOf({ accounts, routeApi }: Site): Demand {
  const host = hostCapacity(EDGE.instanceType);
  const tasksOnHost = host === undefined ? 0 : tasksPerHost(host, EDGE);
  const sessions = accounts * LOAD.sessions;
  const edges = Math.max(EDGE.tasks.min, Math.ceil(sessions / EDGE.sessionsPerTask));
  const loginsPerSecond = (accounts * LOAD.loginsPerDay) / SECONDS_A_DAY;
  const lookUpsPerSecond = loginsPerSecond * (1 - LOAD.cached);
  const changes = LOAD.changedPerDay + LOAD.addedPerDay + LOAD.removedPerDay;
  const changesPerSecond = (accounts * changes) / SECONDS_A_DAY;
  const feedAnswersPerSecond = edges * changesPerSecond;
  const cores = (lookUpsPerSecond * LOAD.peak) / CORE.lookUps + feedAnswersPerSecond / CORE.feedAnswers;
  return {
    sessions,
    loginsPerSecond,
    lookUpsPerSecond,
    changesPerSecond,
    edges,
    tasksOnHost,
    hosts: Math.max(EDGE.hosts.min, Math.ceil(edges / tasksOnHost / (HOST_TARGET_PERCENT / 100))),
    feedAnswersPerSecond,
    routeApis: Math.max(ROUTE_APIS_MIN, Math.ceil(cores / API_TARGET / routeApi.cores)),
    gbPerMonth: (accounts * LOAD.megabytesPerMonth) / 1000,
  };
}
