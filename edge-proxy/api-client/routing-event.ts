/** What an operator should know about the connection to the route API; `detail` says why. */
export type RoutingEvent =
  /** Changes are no longer announced: cached routes expire sooner. */
  | { is: "feed-lost"; detail: string }
  | { is: "feed-followed" }
  /** Changes may have been missed: each cached route is refreshed before it is used. */
  | { is: "feed-gap" }
  /** No address answers: look-ups are paused. */
  | { is: "circuit-open"; detail: string }
  | { is: "circuit-closed" };

export type ReportRouting = (event: RoutingEvent) => void;
