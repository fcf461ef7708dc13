import type { Timers } from "../timer-wheel.ts";
import { FadingCounts } from "./fading-counts.ts";
import { WrongPasswords } from "./wrong-passwords.ts";

export interface PenaltyOptions {
  /** Delay after the first failure; each further one doubles it. */
  firstSeconds: number;
  maxSeconds: number;
  /** Without further failures the delay is gone after as many seconds. */
  decaySeconds: number;
  /** Clients, users and passwords that are remembered, each. */
  entries: number;
  /** Addresses whose failures do not count. */
  isExempt: (address: string) => boolean;
  /** The key that an address counts under. */
  rangeOf: (address: string) => string;
  timers: Timers;
  /** Shared by the workers of a host. */
  salt?: Uint8Array;
}

/** Who tries to log in. */
export interface Trier {
  address: string;
  /** As a login name in its canonical form, whether there is such a user or not. */
  user: string;
}

/** A failure that counted. The hash is of the user and what was tried. */
export interface CountedFailure {
  client: string;
  user: string;
  hash: string;
}

/** Users and clients that are asked about: those that either fits. A client is a key, as `rangeOf` makes it. */
export interface PenaltySelection {
  isUser(user: string): boolean;
  isClient(client: string): boolean;
}

/** What delays later logins: of any user from a client, of a user from clients that have failed, or of both. */
export interface PenaltyLine {
  client?: string;
  user?: string;
  /** Those that still count. */
  failures: number;
  /** How long the next login would wait. */
  delaySeconds: number;
}

/** Whose failures are counted. */
export type Counted = { client: string } | { user: string };

/**
 * Failed logins by client and by user, which delay later ones. Three rules keep it from hurting the wrong people:
 *
 * 1. A client without failures of its own is never delayed, however many there were for the user elsewhere: nobody is
 *    locked out by an attacker.
 * 2. What was wrong before, for the same user, does not count again: an old password in one phone does not delay its
 *    whole office more and more.
 * 3. Who gets in after all is forgiven what failed for this user from this client, and nothing else: an account of
 *    one's own does not pay for guessing at others'.
 */
export class Penalties {
  readonly #options: PenaltyOptions;
  readonly #clients: FadingCounts;
  readonly #users: FadingCounts;
  /** What failed for a user from a client. */
  readonly #pairs: FadingCounts;
  /** What other hosts' edges have announced. */
  readonly #announcedClients: FadingCounts;
  readonly #announcedUsers: FadingCounts;
  readonly #wrong: WrongPasswords;

  constructor(options: PenaltyOptions) {
    this.#options = options;
    this.#clients = new FadingCounts(options);
    this.#users = new FadingCounts(options);
    this.#pairs = new FadingCounts(options);
    this.#announcedClients = new FadingCounts(options);
    this.#announcedUsers = new FadingCounts(options);
    this.#wrong = new WrongPasswords(options.entries, options.salt);
  }

  /** Clients that are delayed. */
  get clients(): number {
    return this.#clients.size;
  }

  /** What is remembered of failures. */
  get size(): number {
    const announced = this.#announcedClients.size + this.#announcedUsers.size;
    return this.#clients.size + this.#users.size + this.#pairs.size + announced;
  }

  /** How long this login must wait, in seconds, before anybody is asked about it. */
  delaySeconds({ address, user }: Trier): number {
    if (this.#clients.size === 0 && this.#announcedClients.size === 0) return 0;
    const { isExempt, rangeOf } = this.#options;
    const failures = this.#ofClient(rangeOf(address));
    if (failures === 0 || isExempt(address)) return 0;
    return this.#delayAfter(Math.max(failures, this.#ofUser(user)));
  }

  /**
   * The credentials were wrong. `proof` is what was tried: the password, the token, the certificate. Gives what counted;
   * undefined where it did not.
   */
  failed({ address, user }: Trier, proof: string): CountedFailure | undefined {
    const { isExempt, rangeOf } = this.#options;
    if (isExempt(address)) return undefined;
    const failure = { client: rangeOf(address), user, hash: this.#wrong.hash(user, proof) };
    return this.count(failure) ? failure : undefined;
  }

  /** Counts a failure, here or at another worker of the host; false where it has counted before. */
  count({ client, user, hash }: CountedFailure): boolean {
    if (!this.#wrong.isNew(hash)) return false;
    this.#clients.add(client);
    this.#users.add(user);
    this.#pairs.add(pairOf(client, user));
    return true;
  }

  /** The user has logged in. True where there was something to forgive. */
  succeeded({ address, user }: Trier): boolean {
    return this.#pairs.size > 0 && this.forgive(this.#options.rangeOf(address), user);
  }

  /** The user has logged in from this client, here or at another worker of the host. */
  forgive(client: string, user: string): boolean {
    const pair = pairOf(client, user);
    const failures = this.#pairs.of(pair);
    if (failures === 0) return false;
    this.#pairs.take(pair, failures);
    this.#clients.take(client, failures);
    this.#users.take(user, failures);
    return true;
  }

  /** Failures that have been counted here. */
  countOf(counted: Counted): number {
    return "client" in counted ? this.#clients.of(counted.client) : this.#users.of(counted.user);
  }

  /** An edge of another host has counted so many, so many seconds ago; in place of what it announced before. */
  announced(counted: Counted, failures: number, ageSeconds: number): void {
    const left = failures * Math.max(0, 1 - ageSeconds / this.#options.decaySeconds);
    if ("client" in counted) this.#announcedClients.set(counted.client, left);
    else this.#announcedUsers.set(counted.user, left);
  }

  /** Whether other hosts' edges have announced clients, and whether this one. */
  get hasAnnounced(): boolean {
    return this.#announcedClients.size > 0;
  }
  isAnnounced(client: string): boolean {
    return this.#announcedClients.of(client) > 0;
  }

  /** What later logins of the users and clients wait for. */
  list({ isUser, isClient }: PenaltySelection): PenaltyLine[] {
    const clients = new Set([...this.#clients.keys(), ...this.#announcedClients.keys()]);
    const users = new Set([...this.#users.keys(), ...this.#announcedUsers.keys()]);
    const lines: PenaltyLine[] = [];
    const add = (whose: Pick<PenaltyLine, "client" | "user">, failures: number, most: number): void => {
      if (failures > ROUNDING)
        lines.push({ ...whose, failures: rounded(failures), delaySeconds: this.#delayAfter(most) });
    };
    for (const client of clients)
      if (isClient(client)) add({ client }, this.#ofClient(client), this.#ofClient(client));
    for (const user of users) if (isUser(user)) add({ user }, this.#ofUser(user), this.#ofUser(user));
    for (const pair of this.#pairs.keys()) {
      const { client, user } = ofPair(pair);
      if (!isUser(user) && !isClient(client)) continue;
      add({ client, user }, this.#pairs.of(pair), Math.max(this.#ofClient(client), this.#ofUser(user)));
    }
    return lines;
  }

  /** Forgives the users and clients what they have failed, and what failed for the users elsewhere. Gives what that was. */
  lift(selection: PenaltySelection): PenaltyLine[] {
    const lines = this.list(selection);
    for (const { client, user } of lines)
      if (client !== undefined && user !== undefined) this.forgive(client, user);
    for (const { client, user } of lines) {
      if (client !== undefined && user !== undefined) continue;
      if (client !== undefined)
        for (const counts of [this.#clients, this.#announcedClients]) counts.set(client, 0);
      if (user !== undefined) for (const counts of [this.#users, this.#announcedUsers]) counts.set(user, 0);
    }
    return lines;
  }

  close(): void {
    for (const counts of [
      ...[this.#clients, this.#users, this.#pairs],
      ...[this.#announcedClients, this.#announcedUsers],
    ])
      counts.close();
  }

  #ofClient(client: string): number {
    return Math.max(this.#clients.of(client), this.#announcedClients.of(client));
  }

  #ofUser(user: string): number {
    return Math.max(this.#users.of(user), this.#announcedUsers.of(user));
  }

  #delayAfter(failures: number): number {
    const { firstSeconds, maxSeconds } = this.#options;
    const doublings = Math.ceil(failures - ROUNDING) - 1;
    return Math.min(maxSeconds, firstSeconds * 2 ** doublings);
  }
}

/** Sums of fading counts are not exact. */
const ROUNDING = 1e-6;

/** No client's key has a blank. */
const pairOf = (client: string, user: string): string => `${client} ${user}`;
const ofPair = (pair: string): { client: string; user: string } => {
  const blank = pair.indexOf(" ");
  return { client: pair.slice(0, blank), user: pair.slice(blank + 1) };
};

const rounded = (failures: number): number => Math.round(failures * 10) / 10;
