import type { ConsoleApi } from "../api.ts";
import type { Html } from "../html.ts";

/** An input of an action's form. */
export interface ActionField {
  name: string;
  label: string;
  type: "number" | "text";
  value: string;
}

/** Something that an admin may do, by a form that asks for a reason. */
export interface Action {
  title(target: string): string;
  /** What will happen, for whoever is about to do it. */
  effect: string;
  button: string;
  fields?: readonly ActionField[];
  /** Does it, and says what came of it. Rejects with an ApiProblem. */
  run(api: ConsoleApi, order: Order): Promise<Html>;
}

/** What an admin wants done. */
export interface Order {
  target: string;
  why: string;
  /** Sent twice, the same form takes effect once. */
  key: string;
  /** The action's own fields, as they were typed. */
  fields: Readonly<Record<string, string>>;
}
