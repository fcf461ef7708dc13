import type { Change } from "./support.ts";

/** Deployments of other kinds than the example's. */
export const VARIANTS: Record<string, Change> = {
  "the example": () => {},
  Fargate: (c) => {
    c.sizes = { edge: { capacity: "fargate", drainSeconds: 100 } };
  },
  "a route API in Lambda": (c) => {
    c.routeApi.run = "lambda";
  },
};
