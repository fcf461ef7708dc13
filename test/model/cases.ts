import { type Exploration, explore } from "./explore.ts";
import { type FeedFault, feedModel } from "./feed.ts";
import { type GuardFault, guardModel } from "./guard.ts";
import { type LimitFault, type LimitScenario, limitModel } from "./limits.ts";
import { type MoveFault, type MoveScenario, moveModel } from "./move.ts";
import { type NamesFault, type NamesScenario, namesModel } from "./names.ts";
import { type PenaltyFault, type PenaltyScenario, penaltyModel } from "./penalties.ts";
import { type StoreHoldFault, storeHoldModel } from "./store-hold.ts";
import { type DirectoryChange, type SyncFault, type SyncScenario, syncModel } from "./sync.ts";

/** The right protocol, in some situation: no state of it breaks an invariant. */
export interface Right {
  name: string;
  explore(limit?: number): Exploration;
}

/** The protocol with a fault put back in: the invariant that the explorer finds broken. */
export interface Mutation extends Right {
  invariant: string;
}

const NOTHING = { edgeCrashes: 0, moverCrashes: 0, expiries: 0, repeats: 0, touches: 0, renewals: 0 };
const move = (scenario: Partial<MoveScenario>, fault?: MoveFault) => (limit?: number) =>
  explore(moveModel({ ...NOTHING, edges: 2, movers: 1, logins: 1, rounds: 1, ...scenario }, fault), limit);

const there: DirectoryChange = { uuid: 0, is: "there" };
const gone: DirectoryChange = { uuid: 0, is: "gone" };
const unusable: DirectoryChange = { uuid: 0, is: "unusable" };
const other: DirectoryChange = { uuid: 1, is: "there" };
/** The first change is in the store already. */
const STEADY = { done: 1, takeOvers: 1, crashes: 0, disconnects: 0, fullReadings: 0, appendFailures: 0 };
const sync =
  (log: DirectoryChange[], scenario: Partial<SyncScenario>, fault?: SyncFault) => (limit?: number) =>
    explore(syncModel({ ...STEADY, log, leaders: 1, lookUps: 1, ...scenario }, fault), limit);
const mirror = [there, { ...other, at: 1 as const }, there];
const clockBack = [
  { ...there, csn: 2 },
  { ...there, csn: 1 },
];

const names = (scenario: NamesScenario, fault?: NamesFault) => (limit?: number) =>
  explore(namesModel(scenario, fault), limit);
/** The name goes from entry 0 to entry 1, which has it before the other loses it. */
const handed: NamesScenario = {
  entries: ["named", "unnamed"],
  writers: [
    [
      { uuid: 1, to: "named" },
      { uuid: 0, to: "unnamed" },
    ],
  ],
  lookUps: 1,
  losses: 0,
};
const removedTwice: NamesScenario = {
  entries: ["named"],
  writers: [
    [{ uuid: 0, to: "removed" }],
    [
      { uuid: 0, to: "removed" },
      { uuid: 0, to: "named" },
    ],
  ],
  lookUps: 1,
  losses: 0,
};
const lostPointer: NamesScenario = {
  entries: ["named"],
  writers: [[{ uuid: 0, to: "compared" }]],
  lookUps: 0,
  losses: 1,
};
const all: NamesScenario = {
  entries: ["named", "unnamed"],
  writers: [...handed.writers, [...handed.writers, ...removedTwice.writers].flat()],
  lookUps: 2,
  losses: 0,
};

const feed = (edges: number, fault?: FeedFault) => (limit?: number) =>
  explore(feedModel({ entries: 2, edges, writes: 3, expiries: 2, lookUps: 1 }, fault), limit);
const guard = (fault?: GuardFault) => (limit?: number) =>
  explore(guardModel({ entries: 4, allowed: 1, takeOvers: 1 }, fault), limit);

const storeHold = (edges: number, fault?: StoreHoldFault) => (limit?: number) =>
  explore(storeHoldModel({ edges, logins: 1, expiries: 1, apiCrashes: 1 }, fault), limit);

const penalties = (scenario: Partial<PenaltyScenario>, fault?: PenaltyFault) => (limit?: number) =>
  explore(
    penaltyModel(
      { edges: 2, attacks: 1, lifts: 1, restarts: 0, losses: 0, clockJumps: 0, ...scenario },
      fault,
    ),
    limit,
  );

const limits = (scenario: Partial<LimitScenario>, fault?: LimitFault) => (limit?: number) =>
  explore(
    limitModel({ workers: 2, limit: 1, sessions: 2, deaths: 1, reloads: false, ...scenario }, fault),
    limit,
  );

/** Seconds each at most. */
export const SHORT: Right[] = [
  { name: "move: two edges", explore: move({}) },
  { name: "move: an edge crashes and comes back", explore: move({ edges: 1, edgeCrashes: 1, rounds: 2 }) },
  { name: "move: the ASK feed forgets and repeats", explore: move({ edges: 1, expiries: 1, repeats: 1 }) },
  { name: "move: two movers", explore: move({ edges: 1, movers: 2 }) },
  { name: "sync: two leaders, a change", explore: sync([there, there], { leaders: 2 }) },
  { name: "sync: two leaders, a removal", explore: sync([there, gone], { leaders: 2 }) },
  { name: "sync: an entry that cannot be used", explore: sync([there, unusable], { disconnects: 1 }) },
  { name: "sync: a clock that goes back", explore: sync(clockBack, { leaders: 2 }) },
  { name: "names", explore: names(all) },
  { name: "feed", explore: feed(1) },
  { name: "guard", explore: guard() },
  { name: "a store on hold", explore: storeHold(2) },
  { name: "penalties: two lifts, a clock that jumps", explore: penalties({ lifts: 2, clockJumps: 1 }) },
  {
    name: "penalties: an edge starts anew, a loss",
    explore: penalties({ attacks: 2, restarts: 1, losses: 1 }),
  },
  { name: "limits: a worker dies and starts anew", explore: limits({}) },
  { name: "limits: an instance that is new to the workers", explore: limits({ reloads: true, deaths: 0 }) },
];

/** Minutes each. */
export const LONG: Right[] = [
  { name: "move: two edges, two movers", explore: move({ movers: 2 }) },
  {
    name: "move: all that may go wrong at one edge",
    explore: move({
      edges: 1,
      rounds: 2,
      edgeCrashes: 1,
      moverCrashes: 1,
      expiries: 1,
      repeats: 1,
      touches: 1,
      renewals: 1,
    }),
  },
  { name: "move: two edges, a crash, a gap", explore: move({ edgeCrashes: 1, expiries: 1 }) },
  {
    name: "move: two movers, crashes",
    explore: move({ edges: 1, movers: 2, edgeCrashes: 1, moverCrashes: 1, touches: 1, renewals: 1 }),
  },
  {
    name: "sync: two leaders, crashes, two take-overs",
    explore: sync([there, gone], { done: 0, leaders: 2, crashes: 1, takeOvers: 2 }),
  },
  {
    name: "sync: removed and back, full readings",
    explore: sync([there, gone, there], { leaders: 2, crashes: 1, fullReadings: 1 }),
  },
  {
    name: "sync: two providers, two leaders",
    explore: sync(mirror, { leaders: 2, disconnects: 1, appendFailures: 1 }),
  },
  {
    name: "sync: an entry that cannot be used, two leaders",
    explore: sync([there, unusable, there], { leaders: 2, disconnects: 1, crashes: 1 }),
  },
  { name: "feed: two edges", explore: feed(2) },
  { name: "limits: two deaths, a limit of two", explore: limits({ limit: 2, sessions: 3, deaths: 2 }) },
  { name: "limits: three workers", explore: limits({ workers: 3 }) },
  { name: "limits: a death amid a reload", explore: limits({ reloads: true }) },
];

const of = <F extends string>(
  protocol: string,
  fault: F,
  invariant: string,
  run: (fault: F) => Right["explore"],
) => ({
  name: `${protocol} ${fault}`,
  invariant,
  explore: run(fault),
});
const GOES_BACK = "routes never go back in time";
const STORE = "at rest the store is as the directory";
const HELD_STORE = "no login goes to a store that all edges hold";
const LIFTED = "what was lifted does not come back";
const LIVE = "once all messages have arrived, every worker counts exactly the live sessions";
const EDGES = "at rest edges know what the store has";

/** Each fault that was found once, or that the design names, and where it shows. */
export const MUTATIONS: Mutation[] = [
  of("the sync", "believes a server that is behind", GOES_BACK, (fault) =>
    sync([there, gone, there], { fullReadings: 1 }, fault),
  ),
  of("the sync", "adds what a server that is behind still has", STORE, (fault) =>
    sync([there, gone], { done: 0, disconnects: 1 }, fault),
  ),
  of("the sync", "removes what a server that is behind lacks", GOES_BACK, (fault) =>
    sync([there, gone, there], { done: 2, fullReadings: 1, disconnects: 1 }, fault),
  ),
  of("the sync", "leaves no tombstone", STORE, (fault) => sync([there, there, gone], { leaders: 2 }, fault)),
  of("the sync", "leaves no tombstone for what is not there", STORE, (fault) =>
    sync([other, there, gone], { leaders: 2, lookUps: 0 }, fault),
  ),
  of("the sync", "writes over a later epoch", "I7", (fault) =>
    sync([there, gone, there], { leaders: 2 }, fault),
  ),
  of("the sync", "keeps quiet about what it owes when it has lost the lease", EDGES, (fault) =>
    sync([there, there], { leaders: 2 }, fault),
  ),
  of("the sync", "does not announce again what a former leader wrote", EDGES, (fault) =>
    sync([there, there], { leaders: 2, crashes: 1 }, fault),
  ),
  of("the sync", "sends a cookie with the other provider's sid", STORE, (fault) =>
    sync(mirror, { disconnects: 1 }, fault),
  ),
  of("the sync", "drops what was put off when a refresh ends", STORE, (fault) =>
    sync([there, unusable], {}, fault),
  ),
  of("the sync", "drops what was put off when a refresh fails", STORE, (fault) =>
    sync([there, unusable], { disconnects: 1 }, fault),
  ),
  of("the sync", "refuses older versions that come in order", STORE, (fault) => sync(clockBack, {}, fault)),
  of("the sync", "forgets changes that could not be appended", EDGES, (fault) =>
    sync([there, there], { appendFailures: 1 }, fault),
  ),
  of("an edge", "learns an older route than it was told of", EDGES, (fault) => feed(1, fault)),
  of("a reader", "takes the next item for the one that follows", EDGES, (fault) => feed(1, fault)),
  of("a reader", "goes on at the end after a gap", EDGES, (fault) => feed(1, fault)),
  of("the feed", "lets the newest item expire", EDGES, (fault) => feed(1, fault)),
  of(
    "the store",
    "numbers writes by the clock, and deletes what is removed",
    "at rest every name leads to its entry",
    (fault) => names(removedTwice, fault),
  ),
  of(
    "the sync",
    "looks at entries alone when it compares",
    "at rest every name leads to its entry",
    (fault) => names(lostPointer, fault),
  ),
  of(
    "a look-up",
    "reads once where a pointer leads to nobody",
    "a name that somebody has all the time is found",
    (fault) => names(handed, fault),
  ),
  of("the guard", "counts anew after a take-over", "no more go than may within the window", guard),
  of("the guard", "releases whatever is held by then", "only what was shown is released", guard),
  of("an edge", "acknowledges a gap without reading holds", "I1", (fault) => move({ expiries: 1 }, fault)),
  of("an edge", "polls on while a login of a held account is in flight", "I1", (fault) =>
    move({ expiries: 1 }, fault),
  ),
  of("an edge", "leaves logins in flight alone at a kick", "I1", (fault) => move({}, fault)),
  of("an edge", "logs in by routes of an earlier run before it has read holds", "I1", (fault) =>
    move({ edgeCrashes: 1 }, fault),
  ),
  of("an API", "reads changes before questions", "I1", (fault) => move({}, fault)),
  of("an edge", "acknowledges before it has read holds", HELD_STORE, (fault) => storeHold(1, fault)),
  of("an edge", "goes on after a gap without reading holds", HELD_STORE, (fault) => storeHold(1, fault)),
  of("an API", "asks before the hold is on the list", HELD_STORE, (fault) => storeHold(1, fault)),
  of(
    "an API",
    "takes a hold off the list before edges are told",
    "no edge holds what is not on the list",
    (fault) => storeHold(1, fault),
  ),
  of("an edge", "takes an announcement from before a lift", LIFTED, (fault) => penalties({}, fault)),
  of("an edge", "compares the clocks of two hosts", "at rest every edge knows who has failed", (fault) =>
    penalties({ clockJumps: 1 }, fault),
  ),
  of("an API", "tells newcomers what was announced before a lift", LIFTED, (fault) =>
    penalties({ restarts: 1 }, fault),
  ),
  of("an API", "does not tell newcomers of lifts", LIFTED, (fault) => penalties({ restarts: 1 }, fault)),
  of("an edge", "takes no announcement after a lift", "at rest every edge knows who has failed", (fault) =>
    penalties({}, fault),
  ),
  of("a worker", "keeps what a dead worker had", LIVE, (fault) => limits({}, fault)),
  of("a worker", "hears a dead worker", LIVE, (fault) => limits({}, fault)),
  of("a worker", "tells newcomers nothing", LIVE, (fault) => limits({}, fault)),
  of("a worker", "tells newcomers only what it has", LIVE, (fault) => limits({}, fault)),
  of("a worker", "does not ask when it begins to count", LIVE, (fault) =>
    limits({ reloads: true, deaths: 0 }, fault),
  ),
  of("a mover", "asks before it has announced the hold", "I1", (fault) => move({}, fault)),
  of("a mover", "removes a hold from the list that is another's", "I1", (fault) =>
    move({ edges: 1, movers: 2, edgeCrashes: 1 }, fault),
  ),
  of("a mover", "holds an account that another holds", "I2", (fault) => move({ edges: 1, movers: 2 }, fault)),
  of("an API", "clears a hold without a margin", "I2", (fault) => move({}, fault)),
  of("the sync", "keeps a hold whose host has changed", "I3", (fault) => move({}, fault)),
  of("an edge", "forgets which questions it has answered", "I4", (fault) => move({ repeats: 1 }, fault)),
  of("a mover", "takes a silent edge for a dead one", "I5", (fault) => move({}, fault)),
  of("the sync", "puts an entry over a hold that came meanwhile", "I6", (fault) =>
    move({ touches: 1 }, fault),
  ),
];
