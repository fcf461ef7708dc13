import { html } from "hono/html";
import type { NearName, User } from "../../../contract/users.ts";
import { type ConsoleContext, isAdmin } from "../environment.ts";
import { heldTarget } from "../held-target.ts";
import { badge, type Content, facts, type Html, joined, notice, type Tone, table, time } from "../html.ts";
import { page } from "../layout.ts";
import { actionPage, LIVE_PATH, pathWith, userPage } from "../paths.ts";
import { penaltiesTable } from "./penalties-table.ts";
import { showLive } from "./user-live.ts";

/** By what the decision about a name is asked for. */
export interface ExplainFields {
  edge?: string | undefined;
  instance?: string | undefined;
  protocol?: string | undefined;
  client?: string | undefined;
}

/** Everything that is known of a user. */
export const showUser = (c: ConsoleContext, user: User, asked: ExplainFields): Html =>
  page(c, {
    title: user.login,
    query: user.login,
    body: html`<h1>${user.login} ${badge(STATUS[user.status], user.status)}</h1>
      ${showHold(user.hold)}
      ${user.account === undefined ? showUnknown(user) : showEntry(user)}
      ${isAdmin(c) ? actions(user) : ""}
      ${showPenalties(user, isAdmin(c))}
      ${showDecision(user, asked)}
      <div data-live="${pathWith(LIVE_PATH, { login: user.login })}">${showLive(user, isAdmin(c))}</div>
      <p class="soft" id="live-state" role="status"></p>`,
  });

const STATUS = { active: "good", disabled: "bad", unknown: "warning" } as const satisfies Record<
  User["status"],
  Tone
>;

function showUnknown({ near = [] }: User): Html {
  return html`${notice("warning", "No directory entry has this name.")}
    ${near.length === 0 ? "" : html`<h2>Names that may be meant</h2><ul>${near.map((each) => html`<li>${showNear(each)}</li>`)}</ul>`}`;
}

function showNear({ login, account, how }: NearName): Html {
  switch (how) {
    case "alias":
      return html`a name of <a href="${userPage(account)}">${account}</a>, but not one to log in with`;
    case "other-domain":
    case "one-edit":
      return html`<a href="${userPage(login)}">${login}</a>${login === account ? "" : html`, of the account ${account}`}`;
    default:
      return how satisfies never;
  }
}

function showEntry({ account, names, route, source, hold }: User): Html {
  const behind = source?.lagSeconds === undefined ? "" : `, ${source.lagSeconds} s behind the directory`;
  return facts([
    ["Account", account],
    ["Store", route?.mailHost.join(", then ")],
    [
      "Hold",
      hold === undefined ? undefined : `new logins wait until ${hold.until}: ${hold.why} (${hold.by})`,
    ],
    ["Name at the store", route?.override?.user],
    ["Status", route?.statusReason],
    ["Services", route === undefined || route.services.length === 0 ? "all" : route.services.join("; ")],
    ["Login names", joined(names, ", ")],
    ["Entry", source?.dn],
    ["Entry's UUID", source === undefined ? undefined : html`<code>${source.uuid}</code>`],
    [
      "Version",
      source === undefined || source.version === "" ? undefined : html`<code>${source.version}</code>`,
    ],
    ["Sync", source === undefined ? undefined : source.sync + behind],
  ]);
}

const actions = ({ login, account, hold }: User): Html =>
  html`<ul class="actions">
    <li><a class="button" href="${actionPage("kick-user", account ?? login)}">End all sessions…</a></li>
    ${account === undefined ? "" : html`<li>${holdLink(account, hold)}</li>`}
    <li><a class="button quiet" href="${actionPage("trace", login)}">Trace the next logins…</a></li>
    <li><a class="button quiet" href="${actionPage("forget", account ?? login)}">Delete kept logins…</a></li>
  </ul>`;

const holdLink = (account: string, hold: User["hold"]): Html =>
  hold === undefined || hold.store !== undefined
    ? html`<a class="button quiet" href="${actionPage("hold-user", account)}">Hold new logins…</a>`
    : html`<a class="button quiet" href="${actionPage("release-user", heldTarget(hold.id, account))}">Release…</a>`;

/** New logins wait: nobody needs to look for another reason. */
const showHold = (hold: User["hold"]): Html | "" =>
  hold === undefined
    ? ""
    : notice(
        "warning",
        html`${hold.store === undefined ? "On hold" : `The store ${hold.store} is on hold`} until ${time(hold.until)}, by ${hold.by}: ${hold.why}`,
      );

function showPenalties({ penalties, login }: User, acts: boolean): Html | "" {
  if (penalties.length === 0) return "";
  return html`<h2>Delayed after failed logins</h2>
    ${penaltiesTable(penalties)}
    ${acts ? html`<p><a class="button quiet" href="${actionPage("lift-user", login)}">Lift the penalties…</a></p>` : ""}`;
}

const VERDICTS = { ok: "good", warning: "warning", refused: "bad", unknown: "plain" } as const;

function showDecision({ explain, explainedBy, login }: User, asked: ExplainFields): Html {
  const rows = (explain ?? []).map(({ step, verdict, text, ms }): Content[] => [
    step,
    badge(VERDICTS[verdict], verdict),
    text,
    `${ms.toFixed(1)} ms`,
  ]);
  const by =
    explainedBy === undefined
      ? ""
      : html`<p class="soft">Decided now by ${explainedBy.edge}, instance ${explainedBy.instance}, ${explainedBy.protocol}; no password is tried.</p>`;
  return html`<h2>A login now</h2>
    ${by}
    ${table({ label: "The decision, step by step", heading: ["Step", "Verdict", "Why", "Time"], rows, empty: "No edge has answered." })}
    <details ${Object.values(asked).some((value) => value !== undefined) ? html`open` : ""}>
      <summary>Ask for another edge, protocol or client</summary>
      <form class="fields" action="${userPage(login)}">
        ${field("edge", "Edge", asked.edge)} ${field("instance", "Instance", asked.instance)}
        ${field("protocol", "Protocol", asked.protocol)} ${field("client", "Client address", asked.client)}
        <button class="quiet">Ask</button>
      </form>
    </details>`;
}

const field = (name: string, label: string, value: string | undefined): Html =>
  html`<p><label for="${name}">${label}</label><input id="${name}" name="${name}" value="${value ?? ""}" autocomplete="off" autocapitalize="none" /></p>`;
