/**
 * Whether a text has a shape: `*` stands for any characters, `?` for one. Backtracks to the last `*` only, so that
 * no shape takes longer than its length times the text's.
 */
export function isShaped(text: string, shape: string): boolean {
  let at = 0;
  let shapeAt = 0;
  let starAt = -1;
  let retryAt = 0;
  while (at < text.length) {
    const wanted = shape.charAt(shapeAt);
    if (wanted === "*") {
      starAt = shapeAt++;
      retryAt = at;
    } else if (wanted !== "" && (wanted === "?" || wanted === text.charAt(at))) {
      at++;
      shapeAt++;
    } else if (starAt >= 0) {
      at = ++retryAt;
      shapeAt = starAt + 1;
    } else {
      return false;
    }
  }
  return /^\**$/.test(shape.slice(shapeAt));
}
