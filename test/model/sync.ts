import type { Model, Step } from "./explore.ts";

/**
 * The sync: two processes of which one leads by a lease, two directory servers that may be behind each other, the route
 * store's entries with their epochs and tombstones, and an edge that is told of changes.
 */
export type SyncFault =
  | "believes a server that is behind"
  | "adds what a server that is behind still has"
  | "removes what a server that is behind lacks"
  | "leaves no tombstone"
  | "leaves no tombstone for what is not there"
  | "writes over a later epoch"
  | "keeps quiet about what it owes when it has lost the lease"
  | "does not announce again what a former leader wrote"
  | "sends a cookie with the other provider's sid"
  | "drops what was put off when a refresh ends"
  | "drops what was put off when a refresh fails"
  | "refuses older versions that come in order"
  | "forgets changes that could not be appended";

/** A change of the directory: what became of an entry, and where it was made. */
export interface DirectoryChange {
  uuid: number;
  is: "there" | "gone" | "unusable";
  at?: 0 | 1;
  /** Where the provider's clock went back: the time it says, in place of the change's number. */
  csn?: number;
}

export interface SyncScenario {
  log: DirectoryChange[];
  /** So many of them are in the store at first. */
  done: number;
  leaders: number;
  takeOvers: number;
  crashes: number;
  disconnects: number;
  fullReadings: number;
  appendFailures: number;
  lookUps: number;
}

/** What is to be written: an entry as of a change of the directory. */
interface Task {
  uuid: number;
  change: number;
  isThere: boolean;
}

interface Item {
  change: number;
  isThere: boolean;
  epoch: number;
}

interface Leader {
  /** 0: it does not lead, or knows that it has lost the lease. */
  epoch: number;
  server: 0 | 1 | null;
  /** Changes that it has read up to. */
  cursor: number;
  tasks: Task[];
  /** What a refresh found to be of no use: it goes when the refresh is over. */
  putOff: Task[];
  isRefreshing: boolean;
  /** It has read everything up to this change: what else is in the store goes. */
  sweep: number | null;
  /** It has taken over, and is not level yet: what the former leader wrote last may not be announced. */
  isCatchingUp: boolean;
  /** Meanwhile something that it was to write was there already. */
  hasFoundWritten: boolean;
  /** The write under way; `seen` is what it has read of the item, `isOld` where that was written since. */
  work: (Task & { seen: Item | null; isOld: boolean }) | null;
  owes: number[];
  owesAll: boolean;
}

export interface SyncState {
  /** How many changes each server has. */
  servers: [number, number];
  lease: { holder: number | null; epoch: number; cursor: number; sid: 0 | 1 };
  items: Item[];
  /** The latest change that each item ever had. */
  latest: number[];
  leaders: Leader[];
  /** What an edge has cached: a change's number, or null; and what it has still to hear of. */
  edge: { cached: (number | null)[]; isTold: boolean[] };
  left: Pick<
    SyncScenario,
    "takeOvers" | "crashes" | "disconnects" | "fullReadings" | "appendFailures" | "lookUps"
  >;
}

const IDLE: Leader = {
  epoch: 0,
  server: null,
  cursor: 0,
  tasks: [],
  putOff: [],
  isRefreshing: false,
  sweep: null,
  isCatchingUp: false,
  hasFoundWritten: false,
  work: null,
  owes: [],
  owesAll: false,
};

export function syncModel(scenario: SyncScenario, fault?: SyncFault): Model<SyncState> {
  const has = (wanted: SyncFault): boolean => fault === wanted;
  const { log, done, takeOvers, crashes, disconnects, fullReadings, appendFailures, lookUps } = scenario;
  const uuids = [...new Set(log.map(({ uuid }) => uuid))].sort();
  const originOf = (change: number): 0 | 1 => log[change - 1]?.at ?? 0;
  const csnOf = (change: number): number => log[change - 1]?.csn ?? change;
  /** The last change of an entry among the first `until`; 0 for none. */
  const lastOf = (uuid: number, until: number): number =>
    log.slice(0, until).findLastIndex((change) => change.uuid === uuid) + 1;
  const taskOf = (change: number): Task => {
    const { uuid = 0, is = "gone" } = log[change - 1] ?? {};
    return { uuid, change, isThere: is === "there" };
  };
  const isUnusable = ({ change }: Task): boolean => log[change - 1]?.is === "unusable";
  const tell = ({ edge }: SyncState, told: readonly number[]): void => {
    for (const uuid of told) edge.isTold[uuid] = true;
  };

  const directorySteps = ({ servers }: SyncState): Step<SyncState>[] => {
    const happened = Math.max(...servers);
    const steps: Step<SyncState>[] = [];
    const origin = originOf(happened + 1);
    const advance = (server: 0 | 1) => (draft: SyncState) => draft.servers[server]++;
    if (happened < log.length && servers[origin] === happened)
      steps.push([`change ${happened + 1} is made at server ${origin}`, advance(origin)]);
    for (const server of [0, 1] as const)
      if (servers[server] < happened) steps.push([`server ${server} is told of a change`, advance(server)]);
    return steps;
  };

  const edgeSteps = ({ edge, items, left }: SyncState): Step<SyncState>[] =>
    uuids.flatMap((uuid) => {
      const steps: Step<SyncState>[] = [];
      const item = items[uuid];
      if (edge.cached[uuid] === null && item?.isThere === true && left.lookUps > 0)
        steps.push([
          `an edge looks up entry ${uuid}`,
          (draft) => {
            draft.edge.cached[uuid] = item.change;
            draft.left.lookUps--;
          },
        ]);
      if (edge.isTold[uuid] === true)
        steps.push([
          `the edge hears of entry ${uuid}`,
          (draft) => {
            draft.edge.isTold[uuid] = false;
            draft.edge.cached[uuid] = null;
          },
        ]);
      return steps;
    });

  const leaderSteps = (state: SyncState, id: number): Step<SyncState>[] => {
    const { lease, servers, left } = state;
    const now = state.leaders[id] as Leader;
    const steps: Step<SyncState>[] = [];
    const step = (name: string, change: (one: Leader, draft: SyncState) => void): void =>
      void steps.push([`sync ${id} ${name}`, (draft) => change(draft.leaders[id] as Leader, draft)]);
    /** It stops, and what it has written and not told it still owes. */
    const lose = (one: Leader): void => {
      const owesAll = one.owesAll || one.owes.length > 0;
      Object.assign(one, { ...IDLE, owesAll: owesAll && !keepsQuiet });
    };
    const keepsQuiet = has("keeps quiet about what it owes when it has lost the lease");
    const announcesOnce = keepsQuiet || has("does not announce again what a former leader wrote");
    const isLeader = lease.holder === id && lease.epoch === now.epoch;

    if (now.owesAll)
      step("says that anything may have changed", (one, draft) => {
        tell(draft, uuids);
        one.owesAll = false;
      });
    if (left.crashes > 0 && (now.epoch > 0 || now.owesAll))
      step("crashes", (one, draft) => {
        Object.assign(one, IDLE);
        draft.left.crashes--;
      });
    if (now.epoch === 0) {
      const isFirst = lease.holder === null;
      if (!now.owesAll && (isFirst || left.takeOvers > 0))
        step("takes the lease", (one, draft) => {
          if (!isFirst) draft.left.takeOvers--;
          Object.assign(draft.lease, { holder: id, epoch: lease.epoch + 1 });
          Object.assign(one, {
            epoch: lease.epoch + 1,
            cursor: lease.cursor,
            owesAll: true,
            isCatchingUp: !isFirst,
          });
        });
      return steps;
    }
    if (now.owesAll) return steps;
    const { work } = now;
    if (work !== null) {
      if (work.seen === null)
        step(`reads entry ${work.uuid}`, (one, { items }) => {
          one.work = { ...work, seen: items[work.uuid] as Item };
        });
      else step(`writes entry ${work.uuid}`, put);
      return steps;
    }
    if (!isLeader) step("hears that another leads", lose);
    if (now.owes.length > 0) {
      step("announces", (one, draft) => {
        tell(draft, now.owes);
        one.owes = [];
      });
      if (left.appendFailures > 0)
        step("cannot announce", (one, draft) => {
          draft.left.appendFailures--;
          if (has("forgets changes that could not be appended")) one.owes = [];
        });
      return steps;
    }
    const [task] = now.tasks;
    if (task !== undefined) {
      if (isLeader)
        step(`confirms its lease to write entry ${task.uuid}`, (one) => {
          one.tasks = now.tasks.slice(1);
          one.work = { ...task, seen: null, isOld: false };
        });
      return steps;
    }
    const { sweep } = now;
    if (sweep !== null) {
      // Whoever has confirmed its lease writes within seconds, and a reading takes longer than that.
      if (state.leaders.every(({ work }, other) => other === id || work === null))
        step("sweeps", (one, { items }) => {
          one.sweep = null;
          one.hasFoundWritten = now.isCatchingUp;
          one.tasks = uuids
            .map((uuid) => ({ uuid, change: sweep, isThere: false }))
            .filter(({ uuid }) => items[uuid]?.isThere === true && !taskOf(lastOf(uuid, sweep)).isThere);
        });
      return steps;
    }
    if (now.isRefreshing)
      step("has been refreshed", (one) => {
        one.isRefreshing = false;
        if (!has("drops what was put off when a refresh ends")) one.tasks = now.putOff;
        one.putOff = [];
      });
    // The former leader may have written after this one said that anything may have changed, and then have ended. Whoever
    // has confirmed its lease writes within seconds.
    if (now.isCatchingUp && now.server !== null && !now.isRefreshing) {
      if (state.leaders.every(({ work }, other) => other === id || work === null))
        step("has caught up", (one) => {
          one.owesAll = now.hasFoundWritten && !announcesOnce;
          one.isCatchingUp = one.hasFoundWritten = false;
        });
      return steps;
    }
    // What is put off is not in the store yet: till then the cursor stays.
    const isLevel = !now.isRefreshing || has("drops what was put off when a refresh fails");
    if (now.cursor > lease.cursor && isLevel && isLeader)
      step("saves its cursor", (_, draft) => {
        Object.assign(draft.lease, { cursor: now.cursor, sid: now.server ?? 0 });
      });
    if (now.server === null) {
      for (const server of [0, 1] as const) step(`connects to server ${server}`, connect(server));
      return steps;
    }
    if (left.disconnects > 0)
      step("is cut off", (one, draft) => {
        draft.left.disconnects--;
        one.server = null;
        one.isRefreshing = false;
        one.cursor = lease.cursor;
        if (!has("drops what was put off when a refresh fails")) one.tasks = now.putOff;
        one.putOff = [];
      });
    const { server } = now;
    if (!now.isRefreshing && now.cursor < servers[server])
      step(`hears of change ${now.cursor + 1}`, (one) => {
        one.cursor++;
        one.tasks = [taskOf(one.cursor)];
      });
    if (!now.isRefreshing && left.fullReadings > 0) {
      const others = has("believes a server that is behind") ? ([0, 1] as const) : [server];
      for (const other of others)
        step(`reads everything at server ${other}`, (one, draft) => {
          draft.left.fullReadings--;
          readAll(one, servers[other]);
        });
    }
    return steps;

    function connect(server: 0 | 1) {
      return (one: Leader): void => {
        one.server = server;
        // A cookie that is ahead of the server is of no use there.
        if (servers[server] < now.cursor) {
          one.server = null;
          return readAll(one, servers[server]);
        }
        if (now.cursor === 0) {
          readAll(one, servers[server]);
          one.cursor = servers[server];
          return;
        }
        const changed = uuids
          .map((uuid) => lastOf(uuid, servers[server]))
          .filter((last) => last > now.cursor);
        const isSkipped = (change: number): boolean =>
          has("sends a cookie with the other provider's sid") &&
          lease.sid !== server &&
          originOf(change) === lease.sid;
        const tasks = changed.filter((change) => !isSkipped(change)).map(taskOf);
        one.tasks = tasks.filter((each) => !isUnusable(each));
        one.putOff = tasks.filter(isUnusable);
        one.isRefreshing = true;
        one.cursor = servers[server];
      };
    }

    /**
     * All that a server has. What it does not have is gone, unless the server is behind: then what it still has, and the
     * vector covers, was removed since.
     */
    function readAll(one: Leader, until: number): void {
      const believes = has("believes a server that is behind");
      const isBehind = until < lease.cursor && !believes;
      const removes = !isBehind || has("removes what a server that is behind lacks");
      const isNews = ({ change }: Task): boolean =>
        !isBehind || change > lease.cursor || has("adds what a server that is behind still has");
      one.tasks = uuids
        .map((uuid) => taskOf(lastOf(uuid, until)))
        .filter((task) => task.isThere && isNews(task));
      one.sweep = removes ? until : null;
      if (believes) one.cursor = until;
    }

    function put(one: Leader, draft: SyncState): void {
      const { uuid = 0, change = 0, isThere = false, seen = null, isOld = false } = work ?? {};
      if (seen === null) return;
      one.work = null;
      // The item is no longer what was read: the write begins anew.
      if (isOld) {
        one.tasks = [{ uuid, change, isThere }, ...now.tasks];
        return;
      }
      if (seen.epoch > now.epoch && !has("writes over a later epoch")) return lose(one);
      const isAbsence =
        !isThere &&
        (has("believes a server that is behind") || has("removes what a server that is behind lacks"));
      // Whoever reports a change has all that came before it, whatever its clock says.
      const isOlder = has("refuses older versions that come in order")
        ? csnOf(change) < csnOf(seen.change)
        : change < seen.change;
      if (isOlder && !isAbsence) return;
      const isUnknown = !isThere && seen.change === 0;
      // A put of a former leader may be under way: without a tombstone it would count.
      if (isUnknown && has("leaves no tombstone for what is not there")) return;
      if (seen.change === change && seen.isThere === isThere) {
        if (now.isCatchingUp) one.hasFoundWritten = true;
        else if (seen.epoch < now.epoch && !announcesOnce) one.owes.push(uuid);
        return;
      }
      const isKept = isThere || !has("leaves no tombstone");
      draft.items[uuid] = isKept ? { change, isThere, epoch: now.epoch } : { change: 0, isThere, epoch: 0 };
      for (const { work: other } of draft.leaders)
        if (other?.uuid === uuid && other.seen !== null) other.isOld = true;
      one.owes.push(uuid);
    }
  };

  const isAtRest = ({ servers, lease, leaders, edge }: SyncState): boolean =>
    servers.every((has) => has === log.length) &&
    edge.isTold.every((told) => !told) &&
    leaders.every(
      ({ work, owes, owesAll, tasks }) =>
        work === null && owes.length === 0 && !owesAll && tasks.length === 0,
    ) &&
    leaders.some(
      ({ epoch, isRefreshing, isCatchingUp, sweep, cursor, server }, id) =>
        lease.holder === id &&
        epoch === lease.epoch &&
        server !== null &&
        !isRefreshing &&
        !isCatchingUp &&
        sweep === null &&
        cursor === log.length,
    );

  const items = uuids.map((uuid): Item => {
    const change = lastOf(uuid, done);
    return { change, isThere: taskOf(change).isThere, epoch: Math.min(change, 1) };
  });
  return {
    initial: {
      servers: [done, done],
      lease: { holder: null, epoch: 1, cursor: done, sid: 0 },
      items,
      latest: items.map(({ change }) => change),
      leaders: Array.from({ length: scenario.leaders }, () => IDLE),
      edge: {
        cached: items.map(({ change, isThere }) => (isThere ? change : null)),
        isTold: uuids.map(() => false),
      },
      left: { takeOvers, crashes, disconnects, fullReadings, appendFailures, lookUps },
    },
    steps: (state) => [
      ...directorySteps(state),
      ...edgeSteps(state),
      ...state.leaders.flatMap((_, id) => leaderSteps(state, id)),
    ],
    complete({ items, latest }) {
      for (const uuid of uuids) latest[uuid] = Math.max(latest[uuid] ?? 0, items[uuid]?.change ?? 0);
    },
    broken(before, after) {
      for (const uuid of uuids) {
        const [old, next] = [before.items[uuid] as Item, after.items[uuid] as Item];
        if (JSON.stringify(old) === JSON.stringify(next)) continue;
        const writer = after.leaders.findIndex(
          ({ work }, id) => work === null && before.leaders[id]?.work?.uuid === uuid,
        );
        if ((before.leaders[writer]?.epoch ?? 0) < old.epoch) return "I7";
        if (next.isThere && next.change < (before.latest[uuid] ?? 0)) return "routes never go back in time";
        if (!next.isThere && next.change > 0 && next.change < (before.latest[uuid] ?? 0))
          return "routes never go back in time";
      }
      if (!isAtRest(after)) return undefined;
      for (const uuid of uuids) {
        const { change, isThere } = after.items[uuid] as Item;
        const truth = taskOf(lastOf(uuid, log.length));
        const isSame = isThere === truth.isThere && (!isThere || change === truth.change);
        if (!isSame) return "at rest the store is as the directory";
        const cached = after.edge.cached[uuid] ?? null;
        if (cached !== null && !(isThere && cached === change))
          return "at rest edges know what the store has";
      }
      return undefined;
    },
  };
}
