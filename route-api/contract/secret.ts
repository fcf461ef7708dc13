const inspect = Symbol.for("nodejs.util.inspect.custom");

/** A value that must not be seen: prints as `[secret]` in logs, JSON and consoles. Only `reveal` gives it out. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return "[secret]";
  }
  toJSON(): string {
    return "[secret]";
  }
  [inspect](): string {
    return "[secret]";
  }
}
