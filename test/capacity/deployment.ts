import { demandOf, LOAD, type Site } from "./sites.ts";
import { tableDollars } from "./table.ts";
import {
  ALB_UNIT,
  DAYS_A_MONTH,
  HOURS_A_MONTH,
  LOOK_UP_BYTES,
  NLB_UNIT,
  PRICES,
  SECONDS_A_MONTH,
  SESSION_LINE_BYTES,
  TASK_METRICS_BYTES_HOUR,
} from "./unit-costs.ts";

/** A line of the costs of a deployment: how much of something, and dollars a month. */
export interface CostLine {
  what: string;
  amount: string;
  dollars: number;
}

/** Disk of a host, endpoints, secrets, metrics and alarms of the example's deployment. */
const DISK_GIB = 30;
const ENDPOINTS = 8;
const SECRETS = 10;
const SECRETS_PER_TASK = 4;
const REFRESH_SECONDS = 120;
const INSTANCES = 2;
/** What an edge reports of each instance. */
export const METRICS_AN_INSTANCE = 20;
/** Codes of failed logins that a site sees, of those that there are. */
const FAILURE_CODES = 20;
/** Of failed logins, refusals, connection tracking and the sync. */
const OTHER_METRICS = 7;
/** Container Insights: of the cluster, and of each service. An estimate. */
const INSIGHTS = { cluster: 8, service: 12 };
const SERVICES = INSTANCES + 2;
const METRICS =
  INSTANCES * METRICS_AN_INSTANCE +
  FAILURE_CODES +
  OTHER_METRICS +
  INSIGHTS.cluster +
  SERVICES * INSIGHTS.service;
export const ALARMS = 34;
const SYNCS = 2;
const LOG_MONTHS = 1;

const number = (value: number): string => Math.round(value).toLocaleString("en-US");

/** Capacity units of a load balancer: those of the dimension that needs most. */
const units = (
  unit: { newPerSecond: number; active: number; gbPerHour: number },
  load: { newPerSecond: number; active: number; gbPerHour: number },
): number =>
  Math.max(load.newPerSecond / unit.newPerSecond, load.active / unit.active, load.gbPerHour / unit.gbPerHour);

/** What a site costs a month but for its traffic to the internet. */
export function deploymentMonth(site: Site): CostLine[] {
  const { zones, accounts } = site;
  const demand = demandOf(site);
  const hourly = (price: number) => price * HOURS_A_MONTH;
  const task = ({ cores, memoryGib }: Site["sync"]) =>
    hourly(cores * PRICES.fargateCoreHour + memoryGib * PRICES.fargateGibHour);
  const nlbUnits = units(NLB_UNIT, {
    newPerSecond: demand.loginsPerSecond,
    active: demand.sessions,
    gbPerHour: demand.gbPerMonth / HOURS_A_MONTH,
  });
  const apiGb = (demand.lookUpsPerSecond * SECONDS_A_MONTH * LOOK_UP_BYTES) / 1e9;
  const albUnits = units(ALB_UNIT, {
    newPerSecond: 0,
    active: demand.edges * 2,
    gbPerHour: apiGb / HOURS_A_MONTH,
  });
  const tasks = demand.edges + demand.routeApis + SYNCS;
  const secretCalls = (tasks * SECRETS_PER_TASK * SECONDS_A_MONTH) / REFRESH_SECONDS;
  const logGb =
    (accounts * LOAD.loginsPerDay * DAYS_A_MONTH * SESSION_LINE_BYTES) / 1e9 +
    (tasks * TASK_METRICS_BYTES_HOUR * HOURS_A_MONTH) / 1e9;
  return [
    {
      what: "Hosts (m7g.large)",
      amount: number(demand.hosts),
      dollars: demand.hosts * hourly(PRICES.hostHour),
    },
    {
      what: "Disks and monitoring of the hosts",
      amount: "",
      dollars: demand.hosts * (DISK_GIB * PRICES.diskGibMonth + PRICES.hostMonitoringMonth),
    },
    {
      what: "NLB with addresses",
      amount: "",
      dollars: hourly(PRICES.nlbHour + zones * PRICES.addressHour),
    },
    {
      what: "Capacity units of the NLB",
      amount: number(Math.max(1, nlbUnits)),
      dollars: hourly(PRICES.nlbUnitHour) * nlbUnits,
    },
    {
      what: "ALB of the route API, and its capacity units",
      amount: number(Math.max(1, albUnits)),
      dollars: hourly(PRICES.albHour) + hourly(PRICES.albUnitHour) * albUnits,
    },
    {
      what: `Route API on Fargate`,
      amount: number(demand.routeApis),
      dollars: demand.routeApis * task(site.routeApi),
    },
    { what: "Sync on Fargate", amount: number(SYNCS), dollars: SYNCS * task(site.sync) },
    {
      what: "Endpoints of AWS services",
      amount: `${ENDPOINTS} × ${zones}`,
      dollars: ENDPOINTS * zones * hourly(PRICES.endpointZoneHour) + logGb * PRICES.endpointGb,
    },
    { what: "DynamoDB", amount: "", dollars: tableDollars(site) },
    {
      what: "Secrets, and looking for changes",
      amount: "",
      dollars: SECRETS * PRICES.secretMonth + secretCalls * PRICES.secretCall,
    },
    {
      what: "Logs",
      amount: `${number(logGb)} GB`,
      dollars: logGb * (PRICES.logGb + LOG_MONTHS * PRICES.logGbMonth),
    },
    {
      what: "Metrics, alarms, dashboard",
      amount: `${number(METRICS + demand.hosts)} metrics`,
      // Each host has one of its own, of connection tracking.
      dollars:
        (METRICS + demand.hosts) * PRICES.metricMonth + ALARMS * PRICES.alarmMonth + PRICES.dashboardMonth,
    },
    {
      what: "Look-ups between zones",
      amount: `${number(apiGb)} GB`,
      dollars: apiGb * ((zones - 1) / zones) * PRICES.crossZoneGb,
    },
    {
      what: "Transit gateway to the stores",
      amount: `${number(demand.gbPerMonth)} GB`,
      dollars: hourly(PRICES.transitAttachmentHour) + demand.gbPerMonth * PRICES.transitGb,
    },
  ];
}

/** What depends on where the stores are, and comes instead or on top. */
export function trafficMonth(site: Site): CostLine[] {
  const { gbPerMonth } = demandOf(site);
  const amount = `${number(gbPerMonth)} GB`;
  return [
    {
      what: "NAT gateways instead of the transit gateway",
      amount,
      dollars: site.zones * PRICES.natHour * HOURS_A_MONTH + gbPerMonth * PRICES.natGb,
    },
    {
      what: "To clients on the internet, at the first price",
      amount,
      dollars: gbPerMonth * PRICES.internetGb,
    },
  ];
}

export const total = (lines: readonly CostLine[]): number =>
  lines.reduce((sum, { dollars }) => sum + dollars, 0);
