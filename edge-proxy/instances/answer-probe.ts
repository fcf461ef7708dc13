import type { AnswerTo, Question } from "../../route-api/contract/questions.ts";
import { PROBED_MAX } from "../../route-api/contract/store-probes.ts";
import { reachStore } from "../session/reach-store.ts";
import type { StoreTarget } from "../session/store-targets.ts";
import type { Instance } from "./instance.ts";

/** Part of a question's time that trying may take: the answer has to arrive as well. */
const SHARE_OF_TIME = 0.75;

/** Tries every address of a store by each protocol that some instance serves; no addresses if the store is not in `stores`. */
export async function answerProbe(
  instances: ReadonlyMap<string, Pick<Instance, "servicesFor">>,
  { selection, ttlMs }: Pick<Question, "selection" | "ttlMs">,
): Promise<AnswerTo<"probe"> | undefined> {
  const { store } = selection;
  if (store === undefined) return undefined;
  const seconds = (ttlMs / 1000) * SHARE_OF_TIME;
  const tried = (["imap", "pop3"] as const).flatMap((protocol) => {
    const services = [...instances.values()].flatMap(({ servicesFor }) => servicesFor(protocol) ?? [])[0];
    return services === undefined
      ? []
      : addressesOf(services.findStore(store)).map((target) => ({ services, target }));
  });
  const probes = await Promise.all(
    tried.slice(0, PROBED_MAX).map(({ services, target }) => reachStore(services, target, seconds)),
  );
  return { ask: "probe", probes };
}

function addressesOf(first: StoreTarget | undefined): StoreTarget[] {
  const targets: StoreTarget[] = [];
  for (let target = first; target !== undefined; target = target.next) targets.push(target);
  return targets;
}
