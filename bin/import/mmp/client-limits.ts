import { put } from "../draft.ts";
import { badInput } from "../finding.ts";
import type { Parameter } from "./cfg-file.ts";
import { networkOf } from "./networks.ts";
import type { Outcome, ReadRow, Target } from "./row.ts";
import { wholeNumber, words } from "./values.ts";

/** The old defaults of ConnLimits and BGPenalty. */
export const CONNECTIONS_PER_CLIENT = 20;
export const PENALTY_SECONDS = 2;

/** `IP|MASK:NUM`, several with commas between them; the one that has every address is for all others. */
export const connectionLimits: ReadRow = (parameter, { draft, instance }): Outcome => {
  const realms = words(parameter.value).map((text) => realmOf(text, parameter));
  const ranges = realms.filter(({ range }) => !EVERYBODY.test(range));
  if (ranges.length > 0) {
    put(draft, `instances.${instance}.limits.connectionsPerClientRanges`, ranges, parameter.place);
  }
  const everybody = realms.find(({ range }) => EVERYBODY.test(range));
  return {
    ...(everybody === undefined ? {} : { value: everybody.connections }),
    ...(ranges.length === 0 ? {} : { note: "ranges are in limits.connectionsPerClientRanges" }),
  };
};

const EVERYBODY = /\/0$/;

function realmOf(text: string, parameter: Parameter): { range: string; connections: number } {
  const { name, place } = parameter;
  const [, network = "", number = ""] = /^(.+):(\d{1,9})$/.exec(text) ?? [];
  if (Number(number) < 1) throw badInput(place, `${name}: ${text} is not IP|MASK:NUM`);
  return { range: networkOf(network, parameter), connections: Number(number) };
}

/** Whether failed logins delayed later ones at all. */
const hasPenalties = ({ parameter }: Target): boolean => {
  const penalty = parameter("BGPenalty");
  return penalty === undefined || wholeNumber(penalty) > 0;
};

/** What only counts where there are delays. */
export const ofPenalties =
  (read: ReadRow): ReadRow =>
  (parameter, target) =>
    hasPenalties(target)
      ? read(parameter, target)
      : { fate: "none", note: "BGPenalty is 0: failed logins delay nobody" };

/** Seconds of a delay, within what the schema takes. */
export const penaltySeconds = (longest: number): ReadRow =>
  ofPenalties((parameter) => {
    const wanted = Math.max(1, wholeNumber(parameter));
    const value = Math.min(wanted, longest);
    return value === wanted ? { value } : { fate: "changed", value, note: `${wanted} is too long` };
  });
