import { badInput, type Place } from "../finding.ts";
import type { InputFile } from "../input.ts";

/** A directive with its arguments and, if it has one, its block. */
export interface Directive {
  place: Place;
  name: string;
  args: string[];
  block?: Directive[];
}

interface Token {
  place: Place;
  text: string;
  /** Quoted words are never punctuation. */
  quoted: boolean;
}

const PATTERN =
  /\s+|#[^\n]*|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([{};])|((?:\\.|\$\{[^}]*\}|[^\s{};"'\\])(?:\\.|\$\{[^}]*\}|[^\s{};\\])*)/gs;

/** Parses nginx's syntax: words, `;`, and blocks in braces. It knows no directives. */
export function parseNginx(file: InputFile): Directive[] {
  const tokens = tokenize(file);
  const { directives, next } = readBlock(tokens, 0, undefined);
  const stray = tokens[next];
  if (stray !== undefined) throw badInput(stray.place, "} without a block");
  return directives;
}

function tokenize({ path, text }: InputFile): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let end = 0;
  for (const match of text.matchAll(PATTERN)) {
    if (match.index !== end) break;
    const [whole, double, single, mark, word] = match;
    const quoted = double ?? single;
    const value = quoted ?? mark ?? word;
    if (value !== undefined) {
      const plain = mark === undefined ? value.replace(/\\(["'\\ ;{}])/g, "$1") : value;
      tokens.push({ place: { file: path, line }, text: plain, quoted: quoted !== undefined });
    }
    line += whole.split("\n").length - 1;
    end += whole.length;
  }
  if (end < text.length) throw badInput({ file: path, line }, "a quote is never closed");
  return tokens;
}

function readBlock(
  tokens: readonly Token[],
  start: number,
  opened: Place | undefined,
): { directives: Directive[]; next: number } {
  const directives: Directive[] = [];
  let at = start;
  for (;;) {
    const first = tokens[at];
    if (first === undefined) {
      if (opened !== undefined) throw badInput(opened, "this block is never closed");
      return { directives, next: at };
    }
    if (isMark(first, "}")) return { directives, next: opened === undefined ? at : at + 1 };
    const { directive, next } = readDirective(tokens, at, first);
    directives.push(directive);
    at = next;
  }
}

function readDirective(
  tokens: readonly Token[],
  start: number,
  first: Token,
): { directive: Directive; next: number } {
  if (isMark(first, ";") || isMark(first, "{"))
    throw badInput(first.place, `${first.text} without a directive before it`);
  const args: string[] = [];
  for (let at = start + 1; ; at++) {
    const token = tokens[at];
    if (token === undefined || isMark(token, "}"))
      throw badInput(first.place, `${first.text} does not end with ;`);
    const directive = { place: first.place, name: first.text, args };
    if (isMark(token, ";")) return { directive, next: at + 1 };
    if (isMark(token, "{")) {
      const { directives, next } = readBlock(tokens, at + 1, first.place);
      return { directive: { ...directive, block: directives }, next };
    }
    args.push(token.text);
  }
}

const isMark = ({ text, quoted }: Token, mark: string): boolean => !quoted && text === mark;
