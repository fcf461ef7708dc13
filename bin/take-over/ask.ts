import { connect, type Socket } from "node:net";
import { EXIT, Failure } from "../failure.ts";
import { ownCommand } from "../workers/own-command.ts";
import { lineFrom, messageLine, TakeOverAnswer } from "./messages.ts";

/**
 * Asks the edge at the socket to start this program in its place, with this process's configuration and arguments, less
 * `option`, and waits until it has. Rejects with a Failure if there is no such edge or its successor does not start.
 */
export async function askToHandOver(
  path: string,
  config: string,
  option: string,
): Promise<{ pid: number; before: number }> {
  const socket = await connected(path);
  const { program, args } = ownCommand();
  const others = args.filter((argument) => argument !== option);
  socket.write(messageLine({ program, args: others, cwd: process.cwd(), config }));
  const answer = TakeOverAnswer.parse(JSON.parse(await lineFrom(socket)));
  socket.destroy();
  if (answer.is === "failed") throw new Failure(`the edge was not taken over: ${answer.text}`);
  return answer;
}

const connected = (path: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    socket.once("error", (error: NodeJS.ErrnoException) => {
      const isAbsent = error.code === "ENOENT" || error.code === "ECONNREFUSED";
      const text = isAbsent
        ? `no edge to take over from: nothing listens on ${path}; start one by mmp edge, with the same --config, --instance and --run-folder`
        : `${path}: ${error.message}`;
      reject(new Failure(text, EXIT.failure));
    });
  });
