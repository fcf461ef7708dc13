import fc from "fast-check";

const codePoint = fc.integer({ min: 0, max: 0x10ffff - 0x800 }).map((point) => {
  // Past the surrogates, which are no characters.
  return String.fromCodePoint(point < 0xd800 ? point : point + 0x800);
});

/** Characters that one of our formats takes for syntax, and some that editors and logs do. */
const syntax = fc.constantFrom(...'\0\n\r\t \u0085\u2028"#%&()*+,-/:;<=>?@[\\]|~ü☃😀aA0'.split(/(?:)/u));

/** Well-formed text in which syntax is likely. */
export const hostileText = (constraints: fc.ArrayConstraints = {}): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof({ weight: 3, arbitrary: syntax }, codePoint), constraints)
    .map((pieces) => pieces.join(""));
