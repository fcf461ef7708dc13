import type { PastSession } from "../../../route-api/contract/history.ts";
import { type NearName, User, userPath } from "../../../route-api/contract/users.ts";
import { EXIT, Failure } from "../../failure.ts";
import { type ApiOptions, openApi } from "./api.ts";
import { penaltyTable } from "./print-penalties.ts";
import { describeEdges, sessionTable } from "./print-sessions.ts";
import { formatFields, formatTable } from "./table.ts";

export interface UserOptions extends ApiOptions {
  domain?: string;
  edge?: string;
  instance?: string;
  protocol?: string;
  client?: string;
}

/** Ended sessions that are shown; `--json` has all. */
const LOGINS_SHOWN = 20;

/** Prints everything that is known of a user. Throws a Failure, also if no entry has the name. */
export async function printUser(login: string, options: UserOptions): Promise<void> {
  const { domain, edge, instance, protocol, client } = options;
  const query = { domain, edge, instance, protocol, client };
  const user = await openApi("mmp user", options).get(userPath(login), User, query);
  console.log(options.json === true ? JSON.stringify(user) : describe(user));
  if (user.status === "unknown") throw new Failure(`no entry has the name ${user.login}`, EXIT.failure);
}

function describe(user: User): string {
  const parts = [...describeEntry(user), ...describeDecision(user)];
  parts.push("", user.sessions.length === 0 ? "No live session" : sessionTable(user.sessions));
  const shown = user.logins.slice(0, LOGINS_SHOWN);
  parts.push(
    "",
    shown.length === 0
      ? "No earlier session known"
      : formatTable({ heading: HEADING, rows: shown.map(row), whole: ["ENDED", "CLIENT"] }),
  );
  if (user.penalties.length > 0) parts.push("", "Delayed by failed logins:", penaltyTable(user.penalties));
  parts.push("", describeEdges(user.edges));
  return parts.join("\n");
}

function describeEntry({ login, account, names, route, source, hold, near = [] }: User): string[] {
  if (account === undefined || route === undefined || source === undefined)
    return [`${login}: no such user`, ...near.map(describeNear)];
  const { status, statusReason, mailHost, services } = route;
  const lag = source.lagSeconds === undefined ? "" : `, ${source.lagSeconds} s behind`;
  const lines = [
    ["status", statusReason === undefined ? status : `${status} (${statusReason})`],
    ...(hold === undefined ? [] : [["hold", describeHold(hold)]]),
    ["store", mailHost.join(", then ")],
    ["names", names.join(", ")],
    ["services", services.length === 0 ? "all" : services.join("; ")],
    ["entry", `${source.dn} (${source.uuid})`],
    ["version", source.version === "" ? "none" : source.version],
    ["sync", source.sync + lag],
  ];
  return [`${login} is the account ${account}`, formatFields(lines)];
}

const describeHold = ({ store, until, by, why, id }: NonNullable<User["hold"]>): string =>
  `new logins wait${store === undefined ? "" : `, as at all of ${store},`} until ${until}: ${why} (${by}, ${id})`;

function describeDecision({ explain, explainedBy }: User): string[] {
  if (explain === undefined || explainedBy === undefined) return [];
  const { edge, instance, protocol } = explainedBy;
  const rows = explain.map(({ step, verdict, text, ms }) => [step, verdict, `${ms.toFixed(1)} ms`, text]);
  const table = formatTable({ heading: ["STEP", "VERDICT", "TIME", "WHY"], rows });
  return ["", `A login now at ${edge}, instance ${instance}, ${protocol}:`, table];
}

function describeNear({ login, account, how }: NearName): string {
  switch (how) {
    case "alias":
      return `  a name of the account ${account}, but not one to log in with`;
    case "other-domain":
    case "one-edit":
      return `  maybe ${login}, of the account ${account}`;
    default:
      return how satisfies never;
  }
}

const HEADING = ["ENDED", "CLIENT", "PROTOCOL", "LOGIN", "STORE", "REASON", "FAILED LOGINS"];

const row = (session: PastSession): string[] => [
  session.endedAt.replace("T", " ").replace(/\.\d+Z$/, "Z"),
  session.client,
  session.tls === undefined ? session.protocol : `${session.protocol} ${session.tls}`,
  session.login ?? "-",
  session.store ?? "-",
  session.reason,
  session.failures.map(({ code, detail }) => (detail === undefined ? code : `${code}: ${detail}`)).join("; "),
];
