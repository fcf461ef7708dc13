import { proofsOf, type Way } from "../attempt.ts";
import type { BackTask } from "../dialogue.ts";
import type { Octets } from "../octets.ts";
import { plainResponse } from "../sasl.ts";
import { loginParts } from "./login-command.ts";

/**
 * The ways to log in that a store offers and the task allows, best first; none where they have nothing in common. Each is
 * made when it is asked for: the first is nearly always the last.
 */
export function* waysToLogIn(
  { credentials, replay }: BackTask,
  can: (capability: string) => boolean,
): Generator<Way, undefined> {
  if (credentials.kind === "exchange") {
    const { mechanism, initial } = credentials;
    if (!can(`AUTH=${mechanism}`)) return;
    const shared = { ...PASSWORD, exchange: true, proofs: proofsOf(credentials) };
    return yield* authenticate(mechanism, initial.reveal(), can, shared);
  }
  const { user, authorizationId, password } = credentials;
  const byPlain = authorizationId !== undefined || replay !== "login";
  const byLogin = authorizationId === undefined && replay !== "plain" && !can("LOGINDISABLED");
  if (byPlain && can("AUTH=PLAIN")) yield* authenticate("PLAIN", plainResponse(credentials), can, PASSWORD);
  if (byLogin) yield login(user, password.reveal(), can);
}

const PASSWORD = { prompt: "+", exchange: false, proofs: 0 } as const;

/** With the initial response where the store takes one (RFC 4959), then without: some refuse what they offer. */
function* authenticate(
  mechanism: string,
  initial: Octets,
  can: (capability: string) => boolean,
  shared: Omit<Way, "command" | "parts">,
): Generator<Way, undefined> {
  const command = `AUTHENTICATE ${mechanism}`;
  if (can("SASL-IR")) {
    const again = shared.exchange ? undefined : `${initial}\r\n`;
    yield { command: `${command} ${initial === "" ? "=" : initial}\r\n`, parts: [], again, ...shared };
  }
  yield { command: `${command}\r\n`, parts: [`${initial}\r\n`], ...shared };
}

function login(user: Octets, password: Octets, can: (capability: string) => boolean): Way {
  const literals = { plus: can("LITERAL+"), minus: can("LITERAL-") };
  const [command = "", ...parts] = loginParts(user, password, literals);
  return { command, parts, ...PASSWORD };
}

/** Why there is no way: what the store would have to offer. */
export function nothingInCommon({ credentials, replay }: BackTask): string {
  if (credentials.kind === "exchange") return `the store does not offer AUTH=${credentials.mechanism}`;
  if (credentials.authorizationId !== undefined || replay === "plain")
    return "the store does not offer AUTH=PLAIN";
  return replay === "login"
    ? "the store does not offer LOGIN"
    : "the store offers neither LOGIN nor AUTH=PLAIN";
}
