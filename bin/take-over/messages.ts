import type { Socket } from "node:net";
import { z } from "zod";

/** What `mmp edge --take-over` asks of the running edge: to start its successor, by this command. */
export const TakeOverRequest = z.strictObject({
  program: z.string(),
  args: z.array(z.string()),
  cwd: z.string(),
  /** The configuration file, if the arguments do not name it. */
  config: z.string(),
});
export type TakeOverRequest = z.infer<typeof TakeOverRequest>;

/** What became of it. */
export const TakeOverAnswer = z.discriminatedUnion("is", [
  z.strictObject({ is: z.literal("running"), pid: z.int(), before: z.int() }),
  z.strictObject({ is: z.literal("failed"), text: z.string() }),
]);
export type TakeOverAnswer = z.infer<typeof TakeOverAnswer>;

/** Most characters of a message. */
const MESSAGE_CHARACTERS = 1 << 20;

/** The first line that comes from the other side. Rejects if it closes before, or says too much. */
export const lineFrom = (socket: Socket): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (more: string) => {
      text += more;
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > MESSAGE_CHARACTERS) socket.destroy(new Error("a message that is too long"));
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the other side has closed the connection")));
  });

export const messageLine = (message: TakeOverRequest | TakeOverAnswer): string =>
  `${JSON.stringify(message)}\n`;
