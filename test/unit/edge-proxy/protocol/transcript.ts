import { readdirSync, readFileSync } from "node:fs";

/**
 * A transcript is a text file that a person can read:
 *   `# …` comment, `set key value` a setting, `C: …` a line of the client, `S: …` a line of the server (CRLF added),
 *   `C+: …` and `S+: …` bytes without CRLF, `> …` what the dialogue asks of the session, `< …` what the session tells it.
 * `\xNN` stands for a byte, `\\` for a backslash.
 */
export interface Transcript {
  name: string;
  settings: Map<string, string>;
  steps: Step[];
}

export interface Step {
  /** Consecutive bytes of one side are one step. */
  kind: "client" | "server" | "action" | "event";
  text: string;
}

const KINDS: Record<string, Step["kind"]> = { C: "client", S: "server", ">": "action", "<": "event" };

export function readTranscripts(folder: string): Transcript[] {
  const base = new URL(`../../../fixtures/transcripts/${folder}/`, import.meta.url);
  return readdirSync(base)
    .filter((file) => file.endsWith(".txt"))
    .map((file) => parseTranscript(file.replace(/\.txt$/, ""), readFileSync(new URL(file, base), "utf8")));
}

export function parseTranscript(name: string, file: string): Transcript {
  const settings = new Map<string, string>();
  const steps: Step[] = [];
  for (const [index, line] of file.split("\n").entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const setting = /^set (\S+) (.*)$/.exec(line);
    if (setting !== null) {
      settings.set(setting[1] ?? "", setting[2] ?? "");
      continue;
    }
    const match = /^(?:([CS])(\+?):|([<>])) ?(.*)$/.exec(line);
    const kind = KINDS[match?.[1] ?? match?.[3] ?? ""];
    if (match === null || kind === undefined)
      throw new Error(`${name}:${index + 1}: not a transcript line: ${line}`);
    const isBytes = kind === "client" || kind === "server";
    const text = kind === "event" ? (match[4] ?? "") : unescaped(match[4] ?? "");
    const body = isBytes && match[2] !== "+" ? `${text}\r\n` : text;
    const last = steps.at(-1);
    if (isBytes && last?.kind === kind) last.text += body;
    else steps.push({ kind, text: body });
  }
  return { name, settings, steps };
}

const unescaped = (text: string): string =>
  text.replace(/\\(?:x([0-9a-f]{2})|\\)/gi, (_, hex?: string) =>
    hex === undefined ? "\\" : String.fromCharCode(Number.parseInt(hex, 16)),
  );

/** What a dialogue did, in the transcript's own form; bytes that follow each other are one step. */
export class Recorder {
  readonly steps: Step[] = [];

  add(kind: Step["kind"], text: string): void {
    const last = this.steps.at(-1);
    if (last?.kind === kind && (kind === "client" || kind === "server")) last.text += text;
    else this.steps.push({ kind, text });
  }
}

/** Every way to cut `length` bytes in two, then one byte at a time. */
export function* cuts(length: number): Generator<(bytes: Uint8Array) => Uint8Array[]> {
  yield (bytes) => [bytes];
  for (let at = 1; at < length; at++) {
    yield (bytes) => [bytes.subarray(0, at), bytes.subarray(at)].filter((part) => part.length > 0);
  }
  yield (bytes) => Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
}
