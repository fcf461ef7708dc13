/** What an operator should know of the way to the route API; `detail` says why. */
export type RoutingEvent =
  /** Changes are no longer told: routes are kept for a shorter time. */
  | { is: "feed-lost"; detail: string }
  | { is: "feed-followed" }
  /** Changes may have been missed: each route is asked for anew before it is used. */
  | { is: "feed-gap" }
  /** No address answers: the API is left alone for a while. */
  | { is: "circuit-open"; detail: string }
  | { is: "circuit-closed" };

export type ReportRouting = (event: RoutingEvent) => void;
