/**
 * What the capacity and cost tables are calculated from. Prices are AWS's in us-east-1, on demand, in dollars; units are
 * those that DynamoDB's double counts (`npm run bench:routes -- --only units`), unless a comment says otherwise.
 */

export const HOURS_A_MONTH = 730;
export const DAYS_A_MONTH = HOURS_A_MONTH / 24;
export const SECONDS_A_MONTH = HOURS_A_MONTH * 3600;
export const SECONDS_A_DAY = 86_400;

/** Hosts an hour, on demand. */
export const HOST_HOURS = {
  "m7g.large": 0.0816,
  "c7g.large": 0.0725,
  "c7g.xlarge": 0.145,
  "c7g.4xlarge": 0.58,
  "r7g.large": 0.1071,
  "m7i.large": 0.1008,
  "c7i.large": 0.08925,
} as const;

export const PRICES = {
  /** The default. */
  hostHour: HOST_HOURS["m7g.large"],
  diskGibMonth: 0.08,
  /** Detailed monitoring: seven metrics. */
  hostMonitoringMonth: 2.1,
  fargateCoreHour: 0.032_38,
  fargateGibHour: 0.003_56,
  nlbHour: 0.0225,
  nlbUnitHour: 0.006,
  albHour: 0.0225,
  albUnitHour: 0.008,
  addressHour: 0.005,
  endpointZoneHour: 0.01,
  endpointGb: 0.01,
  natHour: 0.045,
  natGb: 0.045,
  transitAttachmentHour: 0.05,
  transitGb: 0.02,
  /** From one zone to another, both sides together. */
  crossZoneGb: 0.02,
  internetGb: 0.09,
  readsMillion: 0.125,
  writesMillion: 0.625,
  tableGbMonth: 0.25,
  recoveryGbMonth: 0.2,
  secretMonth: 0.4,
  secretCall: 0.05 / 10_000,
  logGb: 0.5,
  logGbMonth: 0.03,
  metricMonth: 0.3,
  alarmMonth: 0.1,
  dashboardMonth: 3,
} as const;

/** What one capacity unit of a load balancer covers; the dimension that needs most counts. */
export const NLB_UNIT = { newPerSecond: 800, active: 100_000, gbPerHour: 1 } as const;
export const ALB_UNIT = { newPerSecond: 25, active: 3000, gbPerHour: 1 } as const;

/** Units of DynamoDB that one doing takes. */
export const UNITS = {
  lookUp: { read: 1, write: 0 },
  consistentLookUp: { read: 2, write: 0 },
  /** Calculated: DynamoDB counts half a unit for a query that finds nothing, its double none. */
  unknownName: { read: 1.5, write: 0 },
  changed: { read: 2, write: 3 },
  added: { read: 1, write: 8 },
  removed: { read: 2, write: 9 },
  unchanged: { read: 1, write: 0 },
  /** Four names of an entry, checked. */
  checked: { read: 2.5, write: 0 },
  /** A look at the end of a feed. Calculated: a consistent query that finds nothing. */
  look: { read: 1, write: 0 },
  heartbeat: { read: 0, write: 1 },
  /** A login that is not known to be kept: a look at what is. Then the writing of the first one. */
  maybeFirst: { read: 0.5, write: 0 },
  keptLogin: { read: 0, write: 1 },
  keptFailure: { read: 1, write: 1 },
} as const;

/** Size of an account with four names in the table, and read units that a scan of it takes. */
export const ACCOUNT_BYTES = 1500;
export const ACCOUNT_SCAN_UNITS = 0.1875;

/** Size of a kept login, and how long it is kept by default. */
export const KEPT_LOGIN_BYTES = 700;
export const KEPT_DAYS = 30;

/** Looks of a route API a second at the change feed and at the feed of questions. */
export const LOOKS_PER_SECOND = 20 + 5;
/** Writes of a sync a second for its lease and status. */
export const SYNC_WRITES_PER_SECOND = 1.5;
export const HEARTBEAT_SECONDS = 30;

/** What a core of the route API serves a second. Look-ups are an estimate: DynamoDB's double is slower than the API. */
export const CORE = { lookUps: 1500, feedAnswers: 6000 } as const;
/** A look-up with its answer, at the API's load balancer. */
export const LOOK_UP_BYTES = 1500;
/** An edge's log line for a session, and what a task's metrics take in the log an hour. */
export const SESSION_LINE_BYTES = 300;
export const TASK_METRICS_BYTES_HOUR = 95_000;

/** What AWS allows without being asked. */
export const QUOTAS = { tableReads: 40_000, partitionReads: 3000 } as const;
