import { apiAddresses } from "../../../edge-proxy/api-client/addresses.ts";
import { FeedFollower, type FeedSubscriber } from "../../../edge-proxy/api-client/feed-follower.ts";
import { ApiReports } from "../../../edge-proxy/api-client/reports.ts";
import { TimerWheel } from "../../../edge-proxy/timer-wheel.ts";
import { nodeTransport as transport } from "../../../edge-proxy/transport/node.ts";
import { EDGES_PATH } from "../../../route-api/contract/edges.ts";
import { type Answer, answerPath, type Question } from "../../../route-api/contract/questions.ts";
import { Secret } from "../../../route-api/contract/secret.ts";
import { heartbeat } from "../../support/heartbeat.ts";
import type { BenchSite } from "./site.ts";

/** How long a report is sent again, in seconds. */
const REPORT_SECONDS = 30;
/** As by default. */
const SILENT_SECONDS = 30;

/** Edges without clients: they follow the feed and answer its questions by the code of real ones. */
export interface SimulatedEdges {
  close(): void;
}

/** Connects `count` edges, each with connections of its own; `answerOf` is what one says to a question. */
export async function simulatedEdges(
  { apiUrl, token }: BenchSite,
  count: number,
  answerOf: (question: Question, edge: string) => Answer | undefined,
): Promise<SimulatedEdges> {
  const timers = new TimerWheel();
  const access = { urls: [apiUrl], token: new Secret(token) };
  const context = { transport, timers, random: Math.random };

  const connect = async (edge: string): Promise<() => void> => {
    const reports = new ApiReports({ ...context, access });
    const report = (path: string, body: object): Promise<boolean> =>
      new Promise((settled) =>
        reports.send({ path, body: JSON.stringify(body), seconds: REPORT_SECONDS, settled }),
      );
    const answers = (questions: readonly Question[]): Promise<boolean>[] =>
      questions.flatMap((question) => {
        const answer = answerOf(question, edge);
        return answer === undefined ? [] : [report(answerPath(question.id, edge), answer)];
      });
    await report(`${EDGES_PATH}/${edge}`, heartbeat());
    const { promise: followed, resolve } = Promise.withResolvers<void>();
    const feed = new FeedFollower({
      ...context,
      addresses: apiAddresses(access),
      report() {},
      questions: {
        edge,
        asked: (questions, answered) => void Promise.all(answers(questions)).then(answered),
        missed() {},
      },
    });
    const subscriber: FeedSubscriber = {
      silentSeconds: SILENT_SECONDS,
      told() {},
      storesHeld() {},
      suspectAll: resolve,
    };
    feed.subscribe(subscriber);
    await followed;
    return () => {
      feed.unsubscribe(subscriber);
      reports.close();
    };
  };

  const ends = await Promise.all(Array.from({ length: count }, (_, index) => connect(`edge-${index}`)));
  return {
    close() {
      for (const end of ends) end();
      timers.stop();
    },
  };
}
