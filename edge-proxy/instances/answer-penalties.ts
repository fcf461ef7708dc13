import { PENALTIES_MAX, type Penalty } from "../../route-api/contract/penalties.ts";
import type { AnswerTo, Question } from "../../route-api/contract/questions.ts";
import type { ClientGuard } from "../guard/client-guard.ts";
import type { PenaltyFilter } from "../guard/shared-penalties.ts";
import { withinBytes } from "../observe/answers/within-bytes.ts";
import type { Selection } from "../observe/session-selection.ts";

type Instances = ReadonlyMap<string, { readonly guard: Pick<ClientGuard, "penalties"> }>;

/** The penalties of users (`user0`, `user1`, …) and of a client network; undefined where there are none. `id` is the question's. */
export function answerPenalties(
  instances: Instances,
  ask: "penalties" | "lift",
  selection: Selection,
  id: string,
): AnswerTo<"penalties" | "lift"> | undefined {
  const filter = filterOf(selection);
  const found = [...instances].flatMap(([instance, { guard }]): Penalty[] =>
    (ask === "lift" ? guard.penalties.lift(filter, id) : guard.penalties.list(filter)).map((line) => ({
      instance,
      ...line,
    })),
  );
  const longest = found.sort((a, b) => b.delaySeconds - a.delaySeconds);
  const penalties = withinBytes(longest, PENALTIES_MAX);
  return penalties.length === 0 ? undefined : { ask, penalties };
}

const filterOf = ({ client, ...rest }: Selection): PenaltyFilter => ({
  users: new Set(Object.entries(rest).flatMap(([name, value]) => (/^user\d+$/.test(name) ? [value] : []))),
  client,
});

/** Another edge has announced a penalty. */
export function applyAnnouncement(
  instances: Instances,
  edge: string,
  { selection }: Pick<Question, "selection">,
): void {
  const { edge: from, instance = "", client, user, failures, ageSeconds = "0", lift } = selection;
  const penalties = instances.get(instance)?.guard.penalties;
  if (penalties === undefined || from === edge) return;
  if (failures === undefined) {
    if (client !== undefined && user !== undefined) penalties.forgivenElsewhere(client, user);
  } else if (client !== undefined)
    penalties.countedElsewhere({ client }, Number(failures), Number(ageSeconds), lift);
  else if (user !== undefined)
    penalties.countedElsewhere({ user }, Number(failures), Number(ageSeconds), lift);
}
