import { html } from "hono/html";
import { type Html, notice } from "../html.ts";
import { frame } from "../layout.ts";
import { SIGN_IN_PATH } from "../paths.ts";

export interface SignInPage {
  /** Where to go afterwards. */
  to: string;
  /** What was wrong with the last attempt. */
  fault?: string;
}

export const signInPage = ({ to, fault }: SignInPage): Html =>
  frame(
    "Sign in",
    html`<main id="main" tabindex="-1" class="home">
      <h1>Messaging Multiplexor</h1>
      ${fault === undefined ? "" : notice("bad", fault)}
      <form class="form" method="post" action="${SIGN_IN_PATH}">
        <input type="hidden" name="to" value="${to}" />
        <p>
          <label for="token">Token</label>
          <input id="token" name="token" type="password" required autofocus autocomplete="current-password" spellcheck="false" aria-describedby="token-help" />
        </p>
        <p id="token-help" class="soft">
          A token of the route API: with the scope support you see everything, with admin you can also act. It is typed once and not kept.
        </p>
        <p><button>Sign in</button></p>
      </form>
    </main>`,
  );

export const inClearPage = (): Html =>
  frame(
    "TLS needed",
    html`<main id="main" tabindex="-1" class="home">
      <h1>The console needs TLS</h1>
      ${notice("bad", "Over plain HTTP, others could read the token and the names of users on the way.")}
      <p>Ask for this page by https://, or on the machine itself by http://127.0.0.1.</p>
    </main>`,
  );

/** Somebody is signed in and may do nothing. */
export const noRolePage = (name: string): Html =>
  frame(
    "No role",
    html`<main id="main" tabindex="-1" class="home">
      <h1>No role here</h1>
      ${notice("bad", `${name} is in none of the groups that may use the console.`)}
    </main>`,
  );

/** Asks for a place again, now from this origin. */
export const comeBackPage = (to: string): Html =>
  frame(
    "One moment",
    html`<main id="main" tabindex="-1" class="home"><h1>One moment</h1><p><a href="${to}">Go on to the console</a></p></main>`,
    html`<meta http-equiv="refresh" content="0; url=${to}" />`,
  );
