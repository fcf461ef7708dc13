import { expect, test } from "vitest";
import type { Report } from "../../../../edge-proxy/api-client/reports.ts";
import { PenaltyAnnouncer } from "../../../../edge-proxy/observe/penalty-announcer.ts";
import { PenaltyAnnouncements } from "../../../../route-api/contract/penalties.ts";
import { HandWheel } from "../routing/api-double.ts";

function start() {
  const timers = new HandWheel();
  const sent: Report[] = [];
  const announcer = new PenaltyAnnouncer({ edge: "host:1", timers, send: (report) => sent.push(report) });
  const penalties = () => sent.flatMap(({ body }) => PenaltyAnnouncements.parse(JSON.parse(body)).penalties);
  return { timers, sent, announcer, penalties };
}

test("what comes together is sent together, the latest of each", () => {
  const { timers, sent, announcer, penalties } = start();
  announcer.announce({ instance: "main", client: "192.0.2.7", failures: 6 });
  announcer.announce({ instance: "main", user: "alice", failures: 6 });
  announcer.announce({ instance: "main", client: "192.0.2.7", failures: 0 });
  expect(sent).toEqual([]);
  timers.turn(0.2);
  expect(sent.map(({ path }) => path)).toEqual([
    expect.stringMatching(/^\/v1\/edges\/host%3A1\/penalties\/[0-9a-f]{8}-1$/),
  ]);
  expect(penalties()).toEqual([
    { instance: "main", client: "192.0.2.7", failures: 0 },
    { instance: "main", user: "alice", failures: 6 },
  ]);
});

test("an attack from everywhere sends a batch each five seconds, and drops what is more", () => {
  const { timers, sent, announcer } = start();
  const attack = (): void => {
    for (let bot = 0; bot < 250; bot++)
      announcer.announce({ instance: "main", client: `192.0.2.${bot}`, failures: 6 });
  };
  attack();
  timers.turn(0.2);
  attack();
  timers.turn(9.9);
  expect(sent).toHaveLength(2);
  timers.turn(60);
  expect(sent.length).toBeLessThanOrEqual(6);
  expect(timers.waiting).toBe(0);
});
