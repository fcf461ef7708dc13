import type { SiblingMessage } from "../../edge-proxy/siblings.ts";
import type { Order } from "./messages.ts";

/** A worker as others reach it. */
export interface Line {
  send(order: Order): void;
}

/** Passes on what the workers of a host say to each other, and tells each which others there are. */
export class Switchboard {
  /** Each worker with its number, which no other ever has. */
  readonly #lines = new Map<Line, number>();
  #joined = 0;

  /** The worker runs its instances: from now on it hears and is heard. */
  join(line: Line): void {
    if (this.#lines.has(line)) return;
    const number = ++this.#joined;
    for (const [other, known] of this.#lines) {
      other.send({ do: "meet", worker: number });
      line.send({ do: "meet", worker: known });
    }
    this.#lines.set(line, number);
  }

  leave(line: Line): void {
    const number = this.#lines.get(line);
    if (number === undefined) return;
    this.#lines.delete(line);
    for (const other of this.#lines.keys()) other.send({ do: "part", worker: number });
  }

  say(line: Line, message: SiblingMessage): void {
    const from = this.#lines.get(line);
    if (from === undefined) return;
    for (const [other, number] of this.#lines) {
      const isMeant = message.to === undefined || message.to === number;
      if (other !== line && isMeant) other.send({ do: "hear", from, message });
    }
  }
}
