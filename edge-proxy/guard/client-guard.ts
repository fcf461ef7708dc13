import type { PenaltyAnnouncement } from "../../route-api/contract/penalties.ts";
import type { Siblings } from "../siblings.ts";
import type { Timers } from "../timer-wheel.ts";
import { type ClientPrefix, clientRange } from "./client-range.ts";
import { type ConnectionLimit, connectionLimit } from "./connection-limit.ts";
import { type GuardCounters, newGuardCounters } from "./counters.ts";
import type { Exchange } from "./exchange.ts";
import { LoginRate } from "./login-rate.ts";
import { parseNetwork } from "./network.ts";
import type { Trier } from "./penalties.ts";
import { type PenaltySettings, SharedPenalties } from "./shared-penalties.ts";
import { NO_PLACE, type Place, Tally } from "./tally.ts";

/** What clients and users of an instance may take, and what failed logins cost. Undefined: no limit. */
export interface ClientGuardSettings {
  prefix: ClientPrefix;
  connections: number | undefined;
  connectionRanges: readonly { range: string; connections: number }[];
  userSessions: number | undefined;
  logins: { perSecond: number; burst: number; entries: number } | undefined;
  penalties: PenaltySettings | undefined;
}

export interface ClientGuardContext {
  timers: Timers;
  siblings: Siblings;
  exchange: Exchange;
  /** Shared by the workers of the host; undefined for a process alone. */
  salt: Uint8Array | undefined;
  /** Tells the edges of other hosts. */
  announce(announcement: PenaltyAnnouncement): void;
}

/** What becomes of a connection; whoever gets a place leaves it at its end. */
export type Entry =
  | { is: "admitted"; place: Place }
  /** It is told that its client has as many as it may. */
  | { is: "refused"; place: Place }
  /** The client has been told, and comes too often: it is not worth an answer. */
  | { is: "dropped" };

const UNLIMITED: Entry = { is: "admitted", place: NO_PLACE };

/** Connections of one client that are told at once why they are refused: under TLS that costs a handshake. */
const REFUSALS_MAX = 4;

/** Limits and penalties by client and user, for all listeners of an instance and all workers of the host. */
export class ClientGuard {
  readonly counters: GuardCounters = newGuardCounters();
  readonly #name: string;
  readonly #context: ClientGuardContext;
  readonly #clients: Tally;
  /** Connections of clients that are about to hear why they are refused. */
  readonly #refusals = new Tally();
  readonly #users: Tally;
  readonly penalties: SharedPenalties;
  #settings: ClientGuardSettings = UNGUARDED;
  #connectionLimit: ConnectionLimit = connectionLimit(undefined, []);
  #rate: LoginRate | undefined;

  /** Without limits, until it gets some. */
  constructor(name: string, context: ClientGuardContext) {
    const { exchange } = context;
    this.#name = name;
    this.#context = context;
    this.#clients = new Tally(exchange.news);
    this.#users = new Tally(exchange.news);
    exchange.add(`clients of ${name}`, this.#clients);
    exchange.add(`users of ${name}`, this.#users);
    this.penalties = new SharedPenalties(name, { ...context, clientOf: (address) => this.clientOf(address) });
  }

  /** Clients that failed logins delay now. */
  get delayedClients(): number {
    return this.penalties.clients;
  }

  /** How much is remembered of clients and users, by what it is. */
  get entries(): Record<"clients" | "users" | "login-rates" | "failures", number> {
    return {
      clients: this.#clients.size + this.#refusals.size,
      users: this.#users.size,
      "login-rates": this.#rate?.size ?? 0,
      failures: this.penalties.size,
    };
  }

  /** Puts settings in force. What is remembered of logins stays where its own settings do. */
  apply(settings: ClientGuardSettings): void {
    const before = this.#settings;
    this.#settings = settings;
    this.#connectionLimit = connectionLimit(
      settings.connections,
      settings.connectionRanges.flatMap(({ range, connections }) => {
        const network = parseNetwork(range);
        return network === undefined ? [] : [{ range: network, connections }];
      }),
    );
    const samePrefix = isSame(before.prefix, settings.prefix);
    if (!samePrefix || !isSame(before.logins, settings.logins)) this.#startRate();
    if (!samePrefix || !isSame(before.penalties, settings.penalties))
      this.penalties.apply(settings.penalties);
  }

  close(): void {
    const { exchange } = this.#context;
    for (const what of ["clients", "users", "logins"]) exchange.delete(`${what} of ${this.#name}`);
    this.#rate?.close();
    this.penalties.close();
  }

  /** A connection begins. */
  connect(address: string): Entry {
    const limit = this.#connectionLimit(address);
    if (limit === Number.POSITIVE_INFINITY) return UNLIMITED;
    const client = this.clientOf(address);
    const place = this.#clients.enter(client, limit);
    if (place !== undefined) return { is: "admitted", place };
    this.counters.clientLimit++;
    const refused = this.#refusals.enter(client, REFUSALS_MAX);
    return refused === undefined ? { is: "dropped" } : { is: "refused", place: refused };
  }

  /** A user has logged in; undefined where there are as many sessions as there may be. */
  startSession(account: string): Place | undefined {
    const { userSessions } = this.#settings;
    if (userSessions === undefined) return NO_PLACE;
    const place = this.#users.enter(account, userSessions);
    if (place === undefined) this.counters.userLimit++;
    return place;
  }

  /** A login begins; false where its client has begun too many. */
  startLogin(address: string): boolean {
    const admitted = this.#rate?.take(this.clientOf(address)) ?? true;
    if (!admitted) this.counters.loginRate++;
    return admitted;
  }

  /** How long this login must wait, in seconds, before anybody is asked about it. */
  delaySeconds(trier: Trier): number {
    return this.penalties.delaySeconds(trier);
  }

  /** Credentials were wrong. `proof` is what was tried. */
  failed(trier: Trier, proof: string): void {
    if (this.penalties.failed(trier, proof)) this.counters.countedFailures++;
  }

  succeeded(trier: Trier): void {
    this.penalties.succeeded(trier);
  }

  /** The key that counts as the client at an address. */
  readonly clientOf = (address: string): string => clientRange(address, this.#settings.prefix);

  #startRate(): void {
    const { exchange, timers } = this.#context;
    const { logins } = this.#settings;
    this.#rate?.close();
    this.#rate = logins && new LoginRate({ ...logins, timers, news: exchange.news });
    if (this.#rate === undefined) exchange.delete(`logins of ${this.#name}`);
    else exchange.add(`logins of ${this.#name}`, this.#rate);
  }
}

/** What holds where nothing is set. */
export const UNGUARDED: ClientGuardSettings = {
  prefix: { ipv4Bits: 32, ipv6Bits: 64 },
  connections: undefined,
  connectionRanges: [],
  userSessions: undefined,
  logins: undefined,
  penalties: undefined,
};

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
