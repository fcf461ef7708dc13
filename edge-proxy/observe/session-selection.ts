import type { SessionSelection } from "../../route-api/contract/sessions.ts";
import { isWithin, parseNetwork } from "../guard/network.ts";
import type { LiveSession } from "./session-registry.ts";

/** What a question says of the sessions that it is about; fields as text. */
export type Selection = Readonly<Record<string, string>>;

type Fits = (session: LiveSession) => boolean;

/** What each field means: it makes a test of the value, or none where nothing can fit. */
const FIELDS: Record<Exclude<keyof SessionSelection, "edge"> | "sid", (value: string) => Fits | undefined> = {
  sid:
    (value) =>
    ({ record }) =>
      record.sid === value,
  account:
    (value) =>
    ({ record }) =>
      record.account?.toLowerCase() === value || record.login?.toLowerCase() === value,
  store:
    (value) =>
    ({ record }) =>
      record.store === value,
  client(value) {
    const network = parseNetwork(value);
    return network && (({ record }) => isWithin(network, record.clientAddress));
  },
  instance:
    (value) =>
    ({ record }) =>
      record.instance === value,
  protocol:
    (value) =>
    ({ record }) =>
      record.protocol === value,
};

/** Tests whether a session fits every field that a selection has; undefined where none can. */
export function sessionFilter(selection: Selection): Fits | undefined {
  const tests: Fits[] = [];
  for (const [name, make] of Object.entries(FIELDS)) {
    const value = selection[name];
    if (value === undefined) continue;
    const fits = make(value);
    if (fits === undefined) return undefined;
    tests.push(fits);
  }
  return (session) => tests.every((fits) => fits(session));
}
