/** Logins at one store. */
export interface StoreCounts {
  logins: number;
  failures: number;
}

/** Stores that are counted apart; what is beyond counts as one. */
const STORES_MAX = 1000;
/** Stands for every store beyond those, and for logins that failed before a store was known. */
const OTHER = "";

/**
 * Logins and failures by store since they were last taken, for heartbeats. The metrics count attempts at stores; here each
 * login counts once, however many hosts were tried, and also where none was.
 */
export class LoginCounts {
  #stores = new Map<string, StoreCounts>();

  loggedIn(store: string | undefined): void {
    this.#of(store).logins++;
  }

  failed(store: string | undefined): void {
    this.#of(store).failures++;
  }

  /** The counts so far; they begin anew. */
  take(): ReadonlyMap<string, StoreCounts> {
    const taken = this.#stores;
    this.#stores = new Map();
    return taken;
  }

  #of(store = OTHER): StoreCounts {
    const name = this.#stores.has(store) || this.#stores.size < STORES_MAX ? store : OTHER;
    const counts = this.#stores.get(name) ?? { logins: 0, failures: 0 };
    this.#stores.set(name, counts);
    return counts;
  }
}
