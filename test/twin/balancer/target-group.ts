import { watchTarget } from "./health-check.ts";
import {
  type BalancerSettings,
  type GroupSettings,
  nameOf,
  type Report,
  type Target,
  type TargetState,
} from "./settings.ts";

interface Member {
  target: Target;
  state: TargetState;
  /** Results in a row that speak against the state. */
  against: number;
  /** New connections may go there. */
  isOpen: boolean;
  stopWatching: () => void;
}

/** The targets of a listener, their health, and where new connections go. */
export class TargetGroup {
  readonly settings: GroupSettings;
  readonly #balancer: BalancerSettings;
  readonly #members = new Map<string, Member>();
  readonly #report: (report: Report) => void;
  readonly #routingChanged: () => void;
  #routing: Target[] = [];
  #turn = 0;

  constructor(
    settings: GroupSettings,
    balancer: BalancerSettings,
    report: (report: Report) => void,
    routingChanged: () => void,
  ) {
    this.settings = settings;
    this.#balancer = balancer;
    this.#report = report;
    this.#routingChanged = routingChanged;
  }

  /** Where new connections go: to what is well; when nothing is, to everything. */
  get routing(): readonly Target[] {
    return this.#routing;
  }

  next(): Target | undefined {
    return this.#routing[this.#turn++ % this.#routing.length];
  }

  register(target: Target): void {
    const member: Member = { target, state: "initial", against: 0, isOpen: true, stopWatching: () => {} };
    const { mode, checkWithHeader } = this.settings;
    const withHeader = mode === "proxy" && checkWithHeader;
    this.#members.set(nameOf(target), member);
    this.#enter(member, "initial");
    member.stopWatching = watchTarget(target, this.#balancer, withHeader, (well) =>
      this.#checked(member, well),
    );
  }

  /** Takes no new connections there after a while, and cuts none of the old. */
  deregister(target: Target): void {
    const member = this.#members.get(nameOf(target));
    if (member === undefined) return;
    member.stopWatching();
    this.#enter(member, "draining");
    setTimeout(() => {
      member.isOpen = false;
      this.#route();
    }, this.#balancer.propagationMs);
    setTimeout(() => {
      this.#members.delete(nameOf(target));
      this.#enter(member, "unused");
    }, this.#balancer.drainMs);
  }

  #checked(member: Member, well: boolean): void {
    const agrees = member.state === (well ? "healthy" : "unhealthy");
    member.against = agrees ? 0 : member.against + 1;
    if (member.against < this.#balancer.threshold) return;
    member.against = 0;
    this.#enter(member, well ? "healthy" : "unhealthy");
  }

  #enter(member: Member, state: TargetState): void {
    member.state = state;
    this.#report({ event: "state", group: this.settings.name, target: nameOf(member.target), state });
    this.#route();
  }

  #route(): void {
    const open = [...this.#members.values()].filter(({ isOpen }) => isOpen);
    const well = open.filter(({ state }) => state === "healthy" || state === "draining");
    const next = (well.length > 0 ? well : open).map(({ target }) => target);
    if (next.map(nameOf).join() === this.#routing.map(nameOf).join()) return;
    this.#routing = next;
    this.#routingChanged();
    this.#report({ event: "routing", group: this.settings.name, targets: next.map(nameOf) });
  }
}
