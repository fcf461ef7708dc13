/** White space, a comment, a quoted word, punctuation or a word, in this order; for use with the flag s. */
export const NGINX_TOKEN =
  /\s+|#[^\n]*|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([{};])|((?:\\.|\$\{[^}]*\}|[^\s{};"'\\])(?:\\.|\$\{[^}]*\}|[^\s{};\\])*)/;

/** What hides a brace in Lua: a comment or a string, of one line or long; else a brace. */
const LUA_TOKEN = /--\[(=*)\[.*?\]\1\]|--[^\n]*|\[(=*)\[.*?\]\2\]|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{}]/gs;
/** A line that begins another top-level block. */
const TOP_LEVEL = /^[ \t]*(?:mail|events|stream|http)\s*\{/m;

/**
 * The place behind a block that is not read; `start` is behind its opening brace. Lua in `*_by_lua_block` is skipped by
 * Lua's rules. A block whose end cannot be found ends where the next top-level block begins.
 */
export function endOfBlock(text: string, start: number): number {
  const pattern = new RegExp(NGINX_TOKEN, "gsy");
  let depth = 1;
  let isLua = false;
  for (let at = start; at < text.length; ) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) break;
    const [whole, , , mark, word] = match;
    at += whole.length;
    if (mark === "}" && --depth === 0) return at;
    if (mark === "{" && isLua) at = endOfLua(text, at);
    else if (mark === "{") depth++;
    if (mark !== undefined) isLua = false;
    else if (word?.endsWith("_by_lua_block") === true) isLua = true;
  }
  const next = TOP_LEVEL.exec(text.slice(start));
  return next === null ? text.length : start + next.index;
}

/** The end of a Lua block, behind its closing brace. */
function endOfLua(text: string, start: number): number {
  const pattern = new RegExp(LUA_TOKEN);
  pattern.lastIndex = start;
  let depth = 1;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (match[0] === "{") depth++;
    else if (match[0] === "}" && --depth === 0) return pattern.lastIndex;
  }
  return text.length;
}
