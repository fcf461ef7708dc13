import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../support/wait.ts";
import { nameOf } from "./balancer/settings.ts";
import { LOGINS } from "./configuration.ts";
import { DRAIN_SECONDS, type RunningEdge, register, retire } from "./edges.ts";
import type { JsonProcess, Said } from "./json-process.ts";
import { allSessionsThere, describeLosses, type Losses, lossesOf, sessionsOn } from "./losses.ts";
import { obstacle } from "./namespaces.ts";
import type { Host } from "./network.ts";
import { BALANCER, STAYING, startTwin, type Twin } from "./site.ts";

/** What a busy machine may add, in milliseconds. */
const SLACK_MS = 10_000;

const why = obstacle();

describe.skipIf(why !== undefined)(`a deployment in network namespaces${why ? `: ${why}` : ""}`, () => {
  let twin: Twin;
  let load: JsonProcess;
  const lines: string[] = [];

  beforeAll(async () => {
    twin = await startTwin();
    load = twin.startLoad();
    await allSessionsThere(load, STAYING);
  });
  afterAll(async () => {
    await twin?.remove();
    console.log(lines.join("\n"));
  });

  async function counted(what: string, scenario: () => Promise<void>): Promise<Losses> {
    const losses = await lossesOf(load, scenario);
    lines.push(describeLosses(what, losses));
    return losses;
  }

  const retired = new Map<string, number>();
  async function takeOut(edge: RunningEdge): Promise<void> {
    const { at, code } = await retire(twin.balancer, edge);
    expect(code).toBe(0);
    retired.set(edge.name, at);
    twin.edges.splice(twin.edges.indexOf(edge), 1);
  }

  /** No login failed, and no session ended but with BYE, in the time in which its edge drained. */
  function expectNoLoss({ failed, ended, lost }: Losses): void {
    expect(failed).toEqual([]);
    expect(lost).toEqual([]);
    const early = ended.filter(({ edge, at }) => at < (retired.get(edge) ?? Number.POSITIVE_INFINITY));
    expect(early).toEqual([]);
    const late = ended.filter(
      ({ edge, at }) => at > (retired.get(edge) ?? 0) + DRAIN_SECONDS * 1000 + SLACK_MS,
    );
    expect(late).toEqual([]);
  }

  test("tells the edge the client's address, with and without PROXY header", async () => {
    const edge = twin.edges[0] as RunningEdge;
    for (const tls of [undefined, "TLSv1.3"]) {
      const session = await edge.process.hear(
        "a session's end",
        (said) => said.msg === "session" && said.tls === tls && said.account !== undefined,
      );
      expect(session.client).toMatch(/^10\.77\.0\.2:\d+$/);
    }
  });

  test("loses nothing in a rolling deployment", async () => {
    const losses = await counted("rolling deployment", async () => {
      for (const old of [...twin.edges]) {
        await register(twin.balancer, await twin.newEdge(old.host));
        await takeOut(old);
      }
    });
    expect(losses.ended.length).toBeGreaterThan(0);
    expectNoLoss(losses);
  });

  test("loses only its own sessions when a zone goes, and logs in elsewhere within the health checks' time", async () => {
    const [host] = twin.hosts;
    const targets = twin.edges.filter((edge) => edge.host === host).flatMap((edge) => edge.targets);
    const isThere = (edge: string): boolean => edge.startsWith(`${host?.machine.name}-`);
    const from = twin.balancer.said.length;
    const own = sessionsOn(load, isThere);
    let began = 0;
    let routed = 0;
    const losses = await counted("zone lost", async () => {
      const start = load.said.length;
      began = Date.now();
      host?.link("down");
      onTestFinished(() => host?.link("up"));
      await rerouted("elsewhere", targets, from, (names, name) => !names.includes(name));
      routed = Date.now();
      // Its sessions find out by themselves: some idle and ask nothing for a while.
      const left = new Set(own);
      const isLast = ({ event, id, end }: Said): boolean => {
        if (event === "session" && end !== undefined) left.delete(id as number);
        return left.size === 0;
      };
      await load.hear("that the zone's sessions are gone", isLast, start);
    });
    lines.push(
      `  ${own.length} of ${STAYING} sessions were there; new logins avoid it after ${routed - began} ms`,
    );
    const { checkMs, checkLimitMs, threshold } = BALANCER;
    expect(routed - began).toBeLessThan(threshold * (checkMs + checkLimitMs) + SLACK_MS);
    expect(losses.failed.filter((login) => login.began > routed)).toEqual([]);
    expect(own.length).toBeGreaterThan(0);
    expect(own.length).toBeLessThan(STAYING);
    expect(losses.ended.map(({ edge }) => edge).filter((edge) => !isThere(edge))).toEqual([]);
    host?.link("up");
    await rerouted("back", targets, from, (names, name) => names.includes(name));
  });

  test("keeps the sessions of an edge that its health checks find ill", async () => {
    const edge = twin.edges.at(-1) as RunningEdge;
    const { machine } = edge.host;
    const heal = (): void => void machine.run("nft", "add table ip twin; delete table ip twin");
    onTestFinished(heal);
    const from = twin.balancer.said.length;
    const losses = await counted("unhealthy target", async () => {
      // It takes no new connection any more, and serves those that it has.
      machine.run("nft", "add table ip twin { chain in { type filter hook input priority filter ; } ; }");
      for (const { target } of edge.targets)
        machine.run(
          "nft",
          `add rule ip twin in tcp dport ${target.port} tcp flags & (syn | ack) == syn drop`,
        );
      await rerouted("elsewhere", edge.targets, from, (names, name) => !names.includes(name));
    });
    expect(losses.ended).toEqual([]);
    heal();
    await rerouted("back", edge.targets, twin.balancer.said.length, (names, name) => names.includes(name));
  });

  test("loses nothing when a host is drained, and when it comes back", async () => {
    const host = twin.hosts[1];
    const losses = await counted("host drain", async () => {
      await Promise.all(twin.edges.filter((edge) => edge.host === host).map(takeOut));
      for (let index = 0; index < 2; index++)
        if (host !== undefined) await register(twin.balancer, await twin.newEdge(host));
    });
    expectNoLoss(losses);
  });

  test("loses nothing when a host joins, which then takes its share", async () => {
    const losses = await counted("scale-out", async () => {
      await twin.newHost();
    });
    expectNoLoss(losses);
    expect(losses.logins.some(({ edge }) => edge.startsWith("host3-"))).toBe(true);
  });

  test("forgets a connection without a packet for the idle time; the edge's keep-alive is one", async () => {
    await twin.quietStore(twin.hosts[0] as Host);
    const [quiet, kept] = [twin.client(2143), twin.client(143)];
    for (const client of [quiet, kept]) await client.hear("a greeting", ({ event }) => event === "greeted");
    // A session that lasts is kept alive; before login the edge's own time-out is shorter than the balancer's.
    kept.tell({ command: `LOGIN ${LOGINS[0]} secret` });
    await kept.hear("that it is logged in", ({ event }) => event === "answered");
    const isKnown = (): boolean => {
      const count = "grep -c ' ESTABLISHED .* dport=2143 ' /proc/net/nf_conntrack || true";
      return twin.network.balancer.run("sh", "-c", count).trim() !== "0";
    };
    await eventually(() => !isKnown() || undefined, "an end of the quiet connection");
    const before = kept.said.length;
    for (const client of [quiet, kept]) client.tell({ command: "NOOP" });
    await quiet.hear("that it was cut", ({ event }) => event === "cut");
    await kept.hear("an answer", ({ event }) => event === "answered", before);
  });

  test("must not send PROXY headers where the server speaks first: both sides wait until the edge gives up", async () => {
    const client = twin.client(1143);
    await client.hear("that it was cut, and not greeted", ({ event }) => event === "cut");
    expect(client.said.map(({ event }) => event)).toEqual(["cut"]);
    const refusal = (said: Said): boolean =>
      said.reason === "proxy-header" && JSON.stringify(said).includes("no PROXY header in");
    await Promise.any(twin.edges.map((edge) => edge.process.hear("a refusal", refusal)));
  });

  /** Resolves when new connections of all these targets' groups go elsewhere, or go there again. */
  async function rerouted(
    where: string,
    targets: RunningEdge["targets"],
    from: number,
    fits: (names: string[], name: string) => boolean,
  ): Promise<void> {
    for (const name of new Set(targets.map(({ group }) => group))) {
      const own = targets.filter(({ group }) => group === name).map(({ target }) => nameOf(target));
      await twin.balancer.hear(
        `that ${name} goes ${where}`,
        ({ event, group, targets }) =>
          event === "routing" && group === name && own.every((one) => fits(targets as string[], one)),
        from,
      );
    }
  }
});
