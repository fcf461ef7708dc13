import { renameSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { dirname } from "node:path";
import type { Logger } from "pino";
import { lineFrom, messageLine, type TakeOverAnswer, TakeOverRequest } from "./messages.ts";
import { makeOwnFolder } from "./place.ts";
import { startSuccessor } from "./successor.ts";

/** An edge that another may take over from. */
export interface HandOver {
  /** Resolves when another edge runs in its place. */
  readonly replaced: Promise<void>;
  close(): void;
}

/** Takes requests for a successor at the socket. Rejects if it cannot be opened. */
export async function offerHandOver(path: string, log: Logger): Promise<HandOver> {
  let replacedBy = (): void => {};
  const replaced = new Promise<void>((resolve) => {
    replacedBy = resolve;
  });
  let isBusy = false;

  const answer = async (socket: Socket): Promise<TakeOverAnswer> => {
    const request = TakeOverRequest.parse(JSON.parse(await lineFrom(socket)));
    if (isBusy) return { is: "failed", text: "another take-over is under way" };
    isBusy = true;
    log.info({ program: request.program, args: request.args }, "starting another edge in place of this one");
    const outcome = await startSuccessor(request);
    isBusy = outcome.is === "running";
    if (outcome.is === "running")
      log.info({ successorPid: outcome.pid }, "another edge runs in place of this one");
    else log.error({ detail: outcome.text }, "the other edge did not start; this one continues");
    return outcome;
  };
  const server = createServer((socket) => {
    // Whoever asked may be gone before the answer.
    socket.on("error", () => {});
    answer(socket).then(
      (outcome) => {
        socket.end(messageLine(outcome));
        if (outcome.is === "running") replacedBy();
      },
      (error: Error) => socket.end(messageLine({ is: "failed", text: error.message })),
    );
  });
  makeOwnFolder(dirname(path));
  // Under a name of its own first: on closing, the edge before removes the socket that it made, and not this one.
  const own = `${path}.${process.pid}`;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(own, resolve);
  });
  renameSync(own, path);
  return { replaced, close: () => void server.close() };
}
