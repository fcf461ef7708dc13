import { proofsOf, type Way } from "../attempt.ts";
import type { BackTask } from "../dialogue.ts";
import type { Octets } from "../octets.ts";
import { plainResponse } from "../sasl.ts";

/** Longest AUTH command with its initial response, in bytes (RFC 5034 section 4). */
const AUTH_LINE_BYTES = 255;

/** The ways to log in that a store offers and the task allows, best first; none where they have nothing in common. */
export function waysToLogIn({ credentials, replay }: BackTask, mechanisms: readonly string[]): Way[] {
  if (credentials.kind === "exchange") {
    const { mechanism, initial } = credentials;
    const shared = { ...PASSWORD, exchange: true, proofs: proofsOf(credentials) };
    return mechanisms.includes(mechanism) ? auth(mechanism, initial.reveal(), shared) : [];
  }
  const { user, authorizationId, password } = credentials;
  const byPlain = (authorizationId !== undefined || replay !== "login") && mechanisms.includes("PLAIN");
  const byUser = authorizationId === undefined && replay !== "plain";
  const userWay: Way = {
    ...PASSWORD,
    command: `USER ${user}\r\n`,
    parts: [`PASS ${password.reveal()}\r\n`],
    prompt: "+OK",
  };
  return [
    ...(byPlain ? auth("PLAIN", plainResponse(credentials), PASSWORD) : []),
    ...(byUser ? [userWay] : []),
  ];
}

const PASSWORD = { prompt: "+", exchange: false, proofs: 0 } as const;

/** With the initial response where it fits, then without: some refuse it. */
function auth(mechanism: string, initial: Octets, shared: Omit<Way, "command" | "parts">): Way[] {
  const command = `AUTH ${mechanism} ${initial === "" ? "=" : initial}\r\n`;
  const asked = {
    ...shared,
    command: `AUTH ${mechanism}\r\n`,
    parts: [`${initial}\r\n`],
  };
  if (command.length > AUTH_LINE_BYTES) return [asked];
  const whole = { ...shared, command, parts: [] };
  return [shared.exchange ? whole : { ...whole, again: `${initial}\r\n` }, asked];
}

/** Whether the task leaves nothing to decide that the store's capabilities could: USER and PASS it is. */
export const isDecided = ({ credentials, replay }: BackTask): boolean =>
  replay === "login" && credentials.kind === "password" && credentials.authorizationId === undefined;

/** Why there is no way: what the store would have to offer. */
export const nothingInCommon = ({ credentials }: BackTask): string =>
  `the store does not offer SASL ${credentials.kind === "exchange" ? credentials.mechanism : "PLAIN"}`;
