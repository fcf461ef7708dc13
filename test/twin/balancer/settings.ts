/** What a target group does with its connections, as an NLB's listener and target group are set. */
export interface GroupSettings {
  name: string;
  /** Port of the balancer's address. */
  port: number;
  /** `preserve`: targets see the client's address. `proxy`: they see the balancer's, and a PROXY header. */
  mode: "preserve" | "proxy";
  /** Health checks of `proxy` groups begin with a header that names nobody, and no data. */
  checkWithHeader: boolean;
}

export interface BalancerSettings {
  address: string;
  groups: GroupSettings[];
  /** Time between two health checks of a target, and for one of them. */
  checkMs: number;
  checkLimitMs: number;
  /** Checks in a row that change a target's health. */
  threshold: number;
  /** New connections go to a target for this long after it was deregistered: the balancer is many machines. */
  propagationMs: number;
  /** Time from a target's deregistration until it is out of use. Its connections live on. */
  drainMs: number;
  /** Whole seconds without a packet after which a connection is forgotten. */
  idleSeconds: number;
}

export interface Target {
  address: string;
  port: number;
}

export const nameOf = ({ address, port }: Target): string => `${address}:${port}`;

export type TargetState = "initial" | "healthy" | "unhealthy" | "draining" | "unused";

/** What the balancer is told. */
export interface Order {
  do: "register" | "deregister";
  group: string;
  target: Target;
}

/** What it says. */
export type Report =
  | { event: "listening" }
  | { event: "state"; group: string; target: string; state: TargetState }
  /** Where new connections go from now on. */
  | { event: "routing"; group: string; targets: string[] };
