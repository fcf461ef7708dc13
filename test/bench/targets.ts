import type { Mode } from "./modes.ts";

/** A bound on the edge's figure divided by a peer's. */
export interface Target {
  name: string;
  mode: Mode;
  /** What of the mode is compared, where it is not the mode's own figure. */
  detail?: "noopP99Us";
  peer: string;
  must: number;
  aim: number;
}

export const TARGETS: readonly Target[] = [
  { name: "CPU a plain login ÷ nginx mail", mode: "churn-plain", peer: "nginx", must: 1, aim: 0.8 },
  {
    name: "CPU a plain login after a start ÷ nginx mail",
    mode: "cold-plain",
    peer: "nginx",
    must: 1,
    aim: 0.8,
  },
  { name: "CPU a TLS login ÷ nginx mail", mode: "churn-tls", peer: "nginx", must: 0.7, aim: 0.6 },
  {
    name: "CPU a resumed TLS login ÷ nginx mail",
    mode: "churn-resume",
    peer: "nginx",
    must: 0.75,
    aim: 0.65,
  },
  {
    name: "CPU a GiB over TLS ÷ nginx mail with a 16k buffer",
    mode: "bulk-tls",
    peer: "nginx-16k",
    must: 0.6,
    aim: 0.5,
  },
  {
    name: "CPU a GiB, plain ÷ nginx mail with a 16k buffer",
    mode: "bulk-plain",
    peer: "nginx-16k",
    must: 1,
    aim: 0.9,
  },
  {
    name: "memory of an idle TLS session ÷ HAProxy",
    mode: "idle-tls",
    peer: "haproxy",
    must: 0.45,
    aim: 0.35,
  },
  {
    name: "NOOP beside idle TLS sessions, p99 ÷ HAProxy",
    mode: "idle-tls",
    detail: "noopP99Us",
    peer: "haproxy",
    must: 1,
    aim: 0.9,
  },
];

/** The figure of a proxy in a mode, or a detail of it; undefined when it was not measured. */
export type FigureOf = (proxy: string, mode: Mode, detail?: string) => number | undefined;

export interface Verdict {
  target: Target;
  /** Of the edge as users run it, with a route API of its own: this is judged. */
  ratio: number | undefined;
  /** Of the edge without its route cache, where that matters. */
  ratioWithoutCache: number | undefined;
  holds: "not measured" | "no" | "must" | "aim";
}

/** Compares the edge with its peers. */
export function judge(figureOf: FigureOf): Verdict[] {
  return TARGETS.map((target) => {
    const ratioOf = (proxy: string): number | undefined => {
      const own = figureOf(proxy, target.mode, target.detail);
      const peers = figureOf(target.peer, target.mode, target.detail);
      return own === undefined || peers === undefined ? undefined : own / peers;
    };
    const ratio = ratioOf("edge");
    return { target, ratio, ratioWithoutCache: ratioOf("edge-nocache"), holds: verdictOn(ratio, target) };
  });
}

function verdictOn(ratio: number | undefined, { must, aim }: Target): Verdict["holds"] {
  if (ratio === undefined) return "not measured";
  if (ratio <= aim) return "aim";
  return ratio <= must ? "must" : "no";
}
