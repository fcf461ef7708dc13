import fc from "fast-check";
import { decodeOctets, type Octets } from "../../../../edge-proxy/protocol/octets.ts";
import { readTranscripts, type Step } from "./transcript.ts";

/** One change to a stream of bytes; places are taken modulo its length. */
type Mutation =
  | { do: "insert" | "splice"; at: number; bytes: Uint8Array }
  | { do: "delete" | "duplicate"; at: number; length: number }
  | { do: "flip"; at: number; bit: number };

/** What one side says in the transcripts of a folder: what mutations begin with. */
export const spoken = (folder: string, kind: Step["kind"]): Uint8Array[] =>
  readTranscripts(folder).map(({ steps }) =>
    Buffer.from(
      steps
        .filter((step) => step.kind === kind)
        .map(({ text }) => text)
        .join(""),
      "latin1",
    ),
  );

/** Streams that resemble a protocol: what was spoken, changed here and there, rows of tokens, and plain rubbish. */
export function hostileBytes(
  seeds: readonly Uint8Array[],
  tokens: readonly string[],
): fc.Arbitrary<Uint8Array> {
  const token = fc.constantFrom(...tokens).map((text): Uint8Array => Buffer.from(text, "latin1"));
  const rubbish = fc.uint8Array({ maxLength: 40 });
  const place = fc.nat(10_000);
  const mutation: fc.Arbitrary<Mutation> = fc.oneof(
    fc.record({ do: fc.constantFrom("insert"), at: place, bytes: rubbish }),
    fc.record({ do: fc.constantFrom("splice"), at: place, bytes: token }),
    fc.record({
      do: fc.constantFrom("delete", "duplicate"),
      at: place,
      length: fc.integer({ min: 1, max: 60 }),
    }),
    fc.record({ do: fc.constantFrom("flip"), at: place, bit: fc.nat(7) }),
  );
  return fc.oneof(
    { weight: 6, arbitrary: mutated(fc.constantFrom(...seeds), fc.array(mutation, { maxLength: 5 })) },
    { weight: 3, arbitrary: fc.array(fc.oneof(token, rubbish), { maxLength: 25 }).map(joined) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }) },
  );
}

const mutated = (
  seed: fc.Arbitrary<Uint8Array>,
  mutations: fc.Arbitrary<Mutation[]>,
): fc.Arbitrary<Uint8Array> =>
  fc.tuple(seed, mutations).map(([bytes, changes]) => changes.reduce(changed, bytes));

function changed(bytes: Uint8Array, mutation: Mutation): Uint8Array {
  const at = mutation.at % (bytes.length + 1);
  const before = bytes.subarray(0, at);
  switch (mutation.do) {
    case "insert":
    case "splice":
      return joined([before, mutation.bytes, bytes.subarray(at)]);
    case "delete":
      return joined([before, bytes.subarray(at + mutation.length)]);
    case "duplicate":
      return joined([bytes.subarray(0, at + mutation.length), bytes.subarray(at)]);
    case "flip": {
      const flipped = Uint8Array.from(bytes);
      if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << mutation.bit);
      return flipped;
    }
  }
}

export const joined = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

/** Sizes of pieces, repeated until the bytes are at their end. */
export const sizes: fc.Arbitrary<number[]> = fc.oneof(
  fc.constant<number[]>([1]),
  fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
);

export function pieces(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = lengths[parts.length % lengths.length] ?? 1;
    parts.push(bytes.subarray(at, at + length));
    at += length;
  }
  return parts;
}

/** Any octets. */
export const anyOctets = (maxLength: number): fc.Arbitrary<Octets> =>
  fc.uint8Array({ maxLength }).map((bytes) => decodeOctets(bytes));

/** As `hostileBytes`, in octets. */
export const hostileOctets = (seeds: readonly string[], tokens: readonly string[]): fc.Arbitrary<Octets> =>
  hostileBytes(
    seeds.map((seed) => Buffer.from(seed, "latin1")),
    tokens,
  ).map((bytes) => decodeOctets(bytes));
