import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { html } from "hono/html";
import { WHY_MAX_CHARACTERS } from "../../../contract/kicks.ts";
import { ApiProblem } from "../api.ts";
import { type ConsoleContext, type ConsoleEnv, isAdmin } from "../environment.ts";
import { type Html, notice } from "../html.ts";
import { page } from "../layout.ts";
import { notFoundPage, problemText } from "../pages/problem.ts";
import { actionPage } from "../paths.ts";
import type { Action, ActionField } from "./action.ts";
import { forget } from "./forget.ts";
import { holdStore, holdUser, releaseStore, releaseUser } from "./holds.ts";
import { kickSession, kickStore, kickUser } from "./kicks.ts";
import { liftClient, liftUser } from "./lift.ts";
import { probe } from "./probe.ts";
import { release } from "./release.ts";
import { endTrace, trace, traceClient } from "./trace.ts";

const ACTIONS: ReadonlyMap<string, Action> = new Map(
  Object.entries({
    "kick-user": kickUser,
    "kick-session": kickSession,
    "kick-store": kickStore,
    forget,
    probe,
    release,
    "lift-user": liftUser,
    "lift-client": liftClient,
    "hold-user": holdUser,
    "release-user": releaseUser,
    "hold-store": holdStore,
    "release-store": releaseStore,
    trace,
    "trace-client": traceClient,
    "end-trace": endTrace,
  }),
);

/** What somebody has filled in, and what was wrong with it. */
interface Filled {
  target: string;
  key: string;
  why: string;
  fields: Readonly<Record<string, string>>;
  fault?: string;
}

/** `GET /console/actions/{action}?target=` asks for a reason; `POST` does it and shows what came of it. */
export const actionRoutes = () =>
  new Hono<ConsoleEnv>()
    .get("/:action", async (c) => {
      const action = ACTIONS.get(c.req.param("action"));
      const target = c.req.query("target") ?? "";
      if (action === undefined || target === "") return c.html(notFoundPage(c), 404);
      const blank: Filled = { target, key: randomUUID(), why: "", fields: {} };
      return c.html(formPage(c, action, blank), isAdmin(c) ? 200 : 403);
    })
    .post("/:action", async (c) => {
      const action = ACTIONS.get(c.req.param("action"));
      const form = textsOf(await c.req.parseBody());
      const { target = "", why = "", key = "", ...fields } = form;
      if (action === undefined || target === "") return c.html(notFoundPage(c), 404);
      try {
        const outcome = await action.run(c.var.api, { target, why, key, fields });
        const title = action.title(target);
        return c.html(page(c, { title, body: html`<h1>${title}</h1>${outcome}` }));
      } catch (error) {
        if (!(error instanceof ApiProblem)) throw error;
        const { problem } = error;
        // The form is there again, with what was typed.
        const filled = { target, key, why, fields, fault: problemText(problem) };
        return c.html(formPage(c, action, filled), problem.status as 400);
      }
    });

const textsOf = (form: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );

function formPage(c: ConsoleContext, action: Action, filled: Filled): Html {
  const title = action.title(filled.target);
  if (!isAdmin(c)) {
    const why = "This needs a token with the scope admin; yours only has support.";
    return page(c, { title, body: html`<h1>${title}</h1>${notice("bad", why)}` });
  }
  const { pathname } = new URL(actionPage(c.req.param("action") ?? "", ""), "http://localhost");
  return page(c, {
    title,
    body: html`<h1>${title}</h1>
      ${filled.fault === undefined ? "" : notice("bad", filled.fault)}
      <p>${action.effect}</p>
      <form class="form" method="post" action="${pathname}">
        <input type="hidden" name="form" value="${c.var.formToken}" />
        <input type="hidden" name="target" value="${filled.target}" />
        <input type="hidden" name="key" value="${filled.key}" />
        ${(action.fields ?? []).map((field) => showField(field, filled.fields[field.name]))}
        <p>
          <label for="why">Reason or ticket number, for the audit</label>
          <input id="why" name="why" required maxlength="${WHY_MAX_CHARACTERS}" value="${filled.why}" autocomplete="off" autofocus />
        </p>
        <p><button class="danger">${action.button}</button></p>
      </form>`,
  });
}

const showField = ({ name, label, type, value }: ActionField, typed = value): Html =>
  html`<p><label for="${name}">${label}</label><input id="${name}" name="${name}" type="${type}" value="${typed}" required /></p>`;
