import { dirname } from "node:path";
import { badInput, type Place } from "../finding.ts";
import type { InputFile } from "../input.ts";
import { endOfBlock, NGINX_TOKEN } from "./skip-block.ts";

/** A directive with its arguments and, if it has one, its block. */
export interface Directive {
  place: Place;
  /** Where its relative paths begin: the folder of nginx.conf, even in included files. */
  folder: string;
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

/** Top-level blocks that have nothing to do with mail, and may contain Lua or other languages. */
const SKIPPED = ["http", "stream", "rtmp"];

/** Parses nginx's syntax: words, `;`, and blocks in braces. It knows no directives. */
export function parseNginx(file: InputFile, folder = dirname(file.path)): Directive[] {
  const tokens = tokenize(file);
  const { directives, next } = readBlock(tokens, 0, undefined, folder);
  const stray = tokens[next];
  if (stray !== undefined) throw badInput(stray.place, "} without a block");
  return directives;
}

function tokenize({ path, text }: InputFile): Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(NGINX_TOKEN, "gsy");
  let line = 1;
  let depth = 0;
  for (let end = 0; end < text.length; ) {
    pattern.lastIndex = end;
    const match = pattern.exec(text);
    if (match === null) throw badInput({ file: path, line }, "a quote is never closed");
    const [whole, double, single, mark, word] = match;
    const quoted = double ?? single;
    const value = quoted ?? mark ?? word;
    const place = { file: path, line };
    const before = tokens.at(-1);
    if (value !== undefined) {
      const plain = mark === undefined ? value.replace(/\\(["'\\ ;{}])/g, "$1") : value;
      tokens.push({ place, text: plain, quoted: quoted !== undefined });
    }
    let next = end + whole.length;
    if (mark === "{" && depth === 0 && before !== undefined && SKIPPED.includes(before.text)) {
      next = endOfBlock(text, next);
      tokens.push({ place, text: "}", quoted: false });
    } else if (mark === "{") depth++;
    else if (mark === "}") depth--;
    line += text.slice(end, next).split("\n").length - 1;
    end = next;
  }
  return tokens;
}

function readBlock(
  tokens: readonly Token[],
  start: number,
  opened: Place | undefined,
  folder: string,
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
    const { directive, next } = readDirective(tokens, at, first, folder);
    directives.push(directive);
    at = next;
  }
}

function readDirective(
  tokens: readonly Token[],
  start: number,
  first: Token,
  folder: string,
): { directive: Directive; next: number } {
  if (isMark(first, ";") || isMark(first, "{"))
    throw badInput(first.place, `${first.text} without a directive before it`);
  const args: string[] = [];
  for (let at = start + 1; ; at++) {
    const token = tokens[at];
    if (token === undefined || isMark(token, "}"))
      throw badInput(first.place, `${first.text} does not end with ;`);
    const directive = { place: first.place, folder, name: first.text, args };
    if (isMark(token, ";")) return { directive, next: at + 1 };
    if (isMark(token, "{")) {
      const { directives, next } = readBlock(tokens, at + 1, first.place, folder);
      return { directive: { ...directive, block: directives }, next };
    }
    args.push(token.text);
  }
}

const isMark = ({ text, quoted }: Token, mark: string): boolean => !quoted && text === mark;
