import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * The existing files that a pattern fits, sorted, as glob(3) finds them: `*`, `?` and `[…]` within each part of the path.
 *
 * @example pathsLike("/etc/nginx/mail.d/*.conf")
 */
export function pathsLike(pattern: string): string[] {
  const [, ...parts] = pattern.split("/");
  let found = ["/"];
  for (const part of parts) found = found.flatMap((folder) => childrenLike(folder, part));
  return found.sort();
}

function childrenLike(folder: string, part: string): string[] {
  if (!/[*?[]/.test(part)) return existsSync(join(folder, part)) ? [join(folder, part)] : [];
  const shape = shapeOf(part);
  // A leading dot is never matched by a wildcard.
  return namesIn(folder)
    .filter((name) => shape.test(name) && (!name.startsWith(".") || part.startsWith(".")))
    .map((name) => join(folder, name));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Not a folder, or none that may be read: the pattern fits nothing in it.
    return [];
  }
}

function shapeOf(part: string): RegExp {
  const source = part.replace(/\[!?[^\]]+\]|[*?]|[^*?[]+|\[/g, (piece) => {
    if (piece === "*") return ".*";
    if (piece === "?") return ".";
    if (piece.length > 2 && piece.startsWith("[") && piece.endsWith("]"))
      return piece.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
    return RegExp.escape(piece);
  });
  try {
    return new RegExp(`^${source}$`, "s");
  } catch {
    // A range such as [z-a] has no characters.
    return /(?!)/;
  }
}
