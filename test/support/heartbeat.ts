import type { Heartbeat } from "../../route-api/contract/edges.ts";

/** What an edge without instances and stores tells of itself. */
export const heartbeat = (more: Partial<Heartbeat> = {}): Heartbeat => ({
  incarnation: "0badcafe",
  version: "1.0.0",
  runtime: "bun 1.3.0",
  startedAt: "2026-11-27T10:00:00.000Z",
  state: "running",
  configuration: "0123456789ab",
  memoryBytes: 1,
  sessions: 2,
  periodSeconds: 30,
  instances: [],
  stores: [],
  ...more,
});
