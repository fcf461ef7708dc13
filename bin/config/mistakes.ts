/** A place in a configuration file: keys and indexes from the top. */
export type Path = readonly PropertyKey[];

/** What is wrong at a place of a configuration. */
export interface Fault {
  path: Path;
  text: string;
}

/** What is wrong in a configuration file, and where. */
export interface Mistake {
  file: string;
  line?: number;
  column?: number;
  field: string;
  text: string;
  /** The instance whose settings it is in. */
  instance?: string | undefined;
}

/** `mmp.yaml:12:7 instances.main.listeners[0].port: must be …` */
export function formatMistake({ file, line, column, field, text }: Mistake): string {
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  return `${place}${field === "" ? ":" : ` ${field}:`} ${text}`;
}

/** `instances.main.listeners[0].port` */
export const fieldName = (path: Path): string =>
  path.reduce<string>((name, key) => {
    if (typeof key === "number") return `${name}[${key}]`;
    return name === "" ? String(key) : `${name}.${String(key)}`;
  }, "");
