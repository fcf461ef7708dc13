/** What can be checked; `mmp up` runs both the edge and the route API. */
export const HEALTH_PARTS = ["edge", "route-api", "up"] as const;
export type HealthPart = (typeof HEALTH_PARTS)[number];

export interface HealthOptions {
  config: string;
  instance?: string;
  timeoutSeconds: number;
}
