import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { seenSet } from "../../../../route-api/sync/seen-set.ts";

const name = fc.oneof(fc.string(), fc.nat(500).map(String), fc.uuid());

test("is as a Set is, whatever is added and deleted", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("add", "delete", "has"), name), { maxLength: 3000 }),
      (steps) => {
        const real = new Set<string>();
        const seen = seenSet();
        for (const [step, value] of steps) {
          if (step === "add") {
            real.add(value);
            seen.add(value);
          } else if (step === "delete") {
            real.delete(value);
            seen.delete(value);
          } else expect(seen.has(value)).toBe(real.has(value));
        }
        expect(seen.size).toBe(real.size);
        for (const value of real) expect(seen.has(value)).toBe(true);
      },
    ),
  );
});

test("finds every one of 300,000, and none besides, also once half of them are deleted", () => {
  const names = Array.from({ length: 300_000 }, () => randomUUID());
  const others = Array.from({ length: 300_000 }, () => randomUUID());
  const seen = seenSet();
  for (const one of names) seen.add(one);
  expect(seen.size).toBe(300_000);
  expect(names.every((one) => seen.has(one))).toBe(true);
  expect(others.some((one) => seen.has(one))).toBe(false);
  for (const one of names.slice(0, 150_000)) seen.delete(one);
  expect(names.map((one) => seen.has(one)).indexOf(true)).toBe(150_000);
  expect(names.slice(150_000).every((one) => seen.has(one))).toBe(true);
});

test("tells names apart that differ in one character, as UUIDs of one server do", () => {
  const seen = seenSet();
  const uuid = (count: number): string =>
    `${count.toString(16).padStart(8, "0")}-7ca7-1041-8eab-293646d29819`;
  for (let count = 0; count < 200_000; count++) seen.add(uuid(count * 2));
  expect(seen.size).toBe(200_000);
  for (let count = 0; count < 200_000; count++) expect(seen.has(uuid(count * 2 + 1))).toBe(false);
});
