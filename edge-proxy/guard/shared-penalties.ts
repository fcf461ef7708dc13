import type { PenaltyAnnouncement } from "../../route-api/contract/penalties.ts";
import type { SiblingChannel, Siblings } from "../siblings.ts";
import type { Timers } from "../timer-wheel.ts";
import { AnnouncedCounts } from "./announced-counts.ts";
import { isWithin, parseNetwork } from "./network.ts";
import {
  type Counted,
  type CountedFailure,
  Penalties,
  type PenaltyLine,
  type PenaltySelection,
  type Trier,
} from "./penalties.ts";
import { RecentLifts } from "./recent-lifts.ts";

/** What failed logins cost. */
export interface PenaltySettings {
  firstSeconds: number;
  maxSeconds: number;
  decaySeconds: number;
  entries: number;
  exempt: readonly string[];
  announceFailures: number;
}

export interface SharedPenaltiesOptions {
  timers: Timers;
  siblings: Siblings;
  /** Shared by the workers of the host; undefined for a process alone. */
  salt: Uint8Array | undefined;
  /** Tells the edges of other hosts. */
  announce(announcement: PenaltyAnnouncement): void;
  /** The key that counts as the client at an address. */
  clientOf(address: string): string;
}

/** Whose penalties: those of the users, and of the clients in a network or at an address. */
export interface PenaltyFilter {
  users: ReadonlySet<string>;
  client: string | undefined;
}

/** What workers tell each other of failed logins. */
type PenaltyNews =
  | { is: "failed"; failure: CountedFailure }
  | { is: "forgiven"; client: string; user: string };

/** The penalties of an instance, which the workers of the host share, and other hosts' edges hear of. Off until it gets settings. */
export class SharedPenalties {
  readonly #name: string;
  readonly #options: SharedPenaltiesOptions;
  readonly #channel: SiblingChannel<PenaltyNews>;
  readonly #lifts: RecentLifts;
  #penalties: Penalties | undefined;
  #announced: AnnouncedCounts | undefined;

  constructor(name: string, options: SharedPenaltiesOptions) {
    this.#name = name;
    this.#options = options;
    this.#lifts = new RecentLifts(options.timers);
    this.#channel = options.siblings.channel<PenaltyNews>(`penalties of ${name}`, (news) =>
      this.#heard(news),
    );
  }

  /** Clients that are delayed. */
  get clients(): number {
    return this.#penalties?.clients ?? 0;
  }

  /** Clients, users and passwords that are remembered. */
  get size(): number {
    return this.#penalties?.size ?? 0;
  }

  /** Begins anew with other settings, or with none. */
  apply(settings: PenaltySettings | undefined): void {
    const { timers, salt, clientOf } = this.#options;
    this.close();
    this.#announced = settings && new AnnouncedCounts({ ...settings, timers });
    const exempt = (settings?.exempt ?? []).map(parseNetwork).filter((network) => network !== undefined);
    this.#penalties =
      settings &&
      new Penalties({
        ...settings,
        timers,
        isExempt: (address) => exempt.some((network) => isWithin(network, address)),
        rangeOf: clientOf,
        ...(salt === undefined ? {} : { salt }),
      });
  }

  close(): void {
    this.#penalties?.close();
  }

  /** How long this login must wait, in seconds, before anybody is asked about it. */
  delaySeconds(trier: Trier): number {
    return this.#penalties?.delaySeconds(trier) ?? 0;
  }

  /** Credentials were wrong. `proof` is what was tried. True where it counts. */
  failed(trier: Trier, proof: string): boolean {
    const failure = this.#penalties?.failed(trier, proof);
    if (failure === undefined) return false;
    this.#channel.say({ is: "failed", failure });
    this.#announce({ client: failure.client });
    this.#announce({ user: failure.user });
    return true;
  }

  succeeded(trier: Trier): void {
    const penalties = this.#penalties;
    if (penalties === undefined) return;
    const isForgiven = penalties.succeeded(trier);
    if (!isForgiven && !penalties.hasAnnounced) return;
    const { user } = trier;
    const client = this.#options.clientOf(trier.address);
    if (isForgiven) {
      this.#channel.say({ is: "forgiven", client, user });
      this.#announceForgiven(client, user);
    }
    if (!penalties.isAnnounced(client)) return;
    // Where the client has failed, this is forgiven.
    const isNews = this.#announced?.isNews(JSON.stringify([client, user]), Number.POSITIVE_INFINITY);
    if (isNews === true) this.#options.announce({ instance: this.#name, client, user });
  }

  /** What later logins of the users and clients wait for. */
  list(filter: PenaltyFilter): PenaltyLine[] {
    return this.#penalties?.list(this.#selected(filter)) ?? [];
  }

  /**
   * Has later logins of the users and clients wait no more, by the lift with this id. Gives what they would have waited
   * for.
   */
  lift(filter: PenaltyFilter, id: string): PenaltyLine[] {
    const selection = this.#selected(filter);
    this.#lifts.note(id, selection);
    const lifted = this.#penalties?.lift(selection) ?? [];
    for (const { client, user } of lifted) {
      if (client !== undefined) this.#announce({ client });
      if (user !== undefined) this.#announce({ user });
    }
    return lifted;
  }

  /** Another host's edge has counted so many failures, so many seconds ago; `lift` is the last one that it had read. */
  countedElsewhere(counted: Counted, failures: number, ageSeconds: number, lift?: string): void {
    if (failures > 0 && this.#lifts.isLifted(counted, lift)) return;
    this.#penalties?.announced(counted, failures, ageSeconds);
  }

  /** The user has logged in from the client, at another worker or another host's edge. */
  forgivenElsewhere(client: string, user: string): void {
    if (this.#penalties?.forgive(client, user) === true) this.#announceForgiven(client, user);
  }

  #heard(news: PenaltyNews): void {
    if (news.is === "failed") this.#penalties?.count(news.failure);
    else this.forgivenElsewhere(news.client, news.user);
  }

  /** Other edges must not hold against a client or user what has been forgiven. */
  #announceForgiven(client: string, user: string): void {
    this.#announce({ client });
    this.#announce({ user });
  }

  #announce(counted: Counted): void {
    const failures = this.#penalties?.countOf(counted) ?? 0;
    if (this.#announced?.isNews(JSON.stringify(counted), failures) !== true) return;
    const lift = this.#lifts.latest;
    const read = lift === undefined ? {} : { lift };
    this.#options.announce({ instance: this.#name, ...counted, failures, ...read });
  }

  #selected({ users, client: wanted }: PenaltyFilter): PenaltySelection {
    const network = wanted === undefined ? undefined : parseNetwork(wanted);
    const range = wanted === undefined ? undefined : this.#options.clientOf(wanted);
    const isInNetwork = (client: string): boolean =>
      network !== undefined && isWithin(network, client.split("/")[0] ?? "");
    return {
      isUser: (user) => users.has(user),
      isClient: (client) => client === range || isInNetwork(client),
    };
  }
}
