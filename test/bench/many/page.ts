import { table } from "../report.ts";
import type { Figures, Step } from "./figures.ts";
import { plot } from "./plot.ts";

/** The plot's file in docs/. */
export const PLOT = "many-sessions.svg";

const whole = (value: number): string => Math.round(value).toLocaleString("en-US");
const tenths = (value: number): string => value.toFixed(1);
const MIB = 1024;

/** What a session takes at the edge, the kernel's share included, in KiB. */
export const sessionKiB = ({ userKiB, pageTablesKiB, kernelKiB }: Step): number =>
  userKiB + pageTablesKiB + kernelKiB;

const ROWS: readonly [what: string, cell: (step: Step) => string][] = [
  ["memory a session, KiB", (step) => tenths(sessionKiB(step))],
  ["– of the edge's processes (PSS)", (step) => tenths(step.userKiB)],
  ["– of the kernel: sockets, files, epoll", (step) => tenths(step.kernelKiB)],
  ["– page tables", (step) => step.pageTablesKiB.toFixed(2)],
  ["all sessions together, MiB", (step) => whole((sessionKiB(step) * step.sessions) / MIB)],
  ["CPU a TLS login meanwhile, µs", (step) => whole(step.loginCpuUs)],
  ["login, p50, ms", (step) => tenths(step.loginP50Ms)],
  ["login, p99, ms", (step) => tenths(step.loginP99Ms)],
  ["NOOP in one of them, p50, µs", (step) => whole(step.noopP50Us)],
  ["NOOP in one of them, p99, µs", (step) => whole(step.noopP99Us)],
  ["logins a second while they were opened", (step) => whole(step.openedPerSecond)],
];

/** The figures as Markdown. */
export function figuresSection({
  surroundings,
  workers,
  baseKiB,
  steps,
  workerSessions,
  drain,
}: Figures): string {
  const growth = table(
    ["Idle TLS sessions", ...steps.map(({ sessions }) => whole(sessions))],
    ROWS.map(([what, cell]) => [what, ...steps.map(cell)]),
  );
  const move = table(
    [`Drain of an edge with ${whole(drain.sessions)} sessions over ${drain.drainSeconds} s`, ""],
    [
      ["all sessions back at the other edge after, s", tenths(drain.allBackSeconds)],
      ["drained edge exited after, s", tenths(drain.exitSeconds)],
      ["logins that failed", whole(drain.failed)],
      ["login, p50, ms", tenths(drain.loginP50Ms)],
      ["login, p99, ms", tenths(drain.loginP99Ms)],
      ["CPU a login at the other edge, just started, µs", whole(drain.loginCpuUs)],
      ["look-ups at the route API in all", whole(drain.lookUps)],
      ["look-ups a second, average", whole(drain.lookUps / drain.drainSeconds)],
      ["look-ups a second, peak", whole(drain.lookUpsPeak)],
      ["other requests at the route API in all", whole(drain.otherRequests)],
    ],
  );
  const spread = `Between ${whole(workerSessions.least)} and ${whole(workerSessions.most)} sessions a worker.`;
  return [
    `${surroundings}. One edge with ${workers} workers, on one CPU; ${whole(baseKiB / MIB)} MiB before the first session. ${spread}`,
    growth,
    `![Memory, login cost and delays by number of sessions](${PLOT})`,
    move,
  ].join("\n\n");
}

/** How memory, login cost and delays grow, as an SVG image. */
export function growthPlot({ steps }: Figures): string {
  const line = (name: string, value: (step: Step) => number) => ({
    name,
    points: steps.map((step) => [step.sessions, value(step)] as const),
  });
  return plot("Memory, login cost and delays by number of idle TLS sessions", [
    {
      title: "KiB a session",
      lines: [
        line("with the kernel's share", sessionKiB),
        line("the edge's processes (PSS)", ({ userKiB }) => userKiB),
      ],
    },
    {
      title: "CPU a TLS login, µs",
      lines: [line("beside the idle sessions", ({ loginCpuUs }) => loginCpuUs)],
    },
    {
      title: "Delay, ms",
      lines: [
        line("login, p50", ({ loginP50Ms }) => loginP50Ms),
        line("login, p99", ({ loginP99Ms }) => loginP99Ms),
        line("NOOP, p99", ({ noopP99Us }) => noopP99Us / 1000),
      ],
    },
  ]);
}
