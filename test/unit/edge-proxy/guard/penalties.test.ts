import fc from "fast-check";
import { expect, test } from "vitest";
import { clientRange } from "../../../../edge-proxy/guard/client-range.ts";
import { isWithin, parseNetwork } from "../../../../edge-proxy/guard/network.ts";
import { Penalties } from "../../../../edge-proxy/guard/penalties.ts";
import { WrongPasswords } from "../../../../edge-proxy/guard/wrong-passwords.ts";
import { HandWheel } from "../routing/api-double.ts";

const PREFIX = { ipv4Bits: 32, ipv6Bits: 64 };

function start({ entries = 1000, exempt = [] as string[] } = {}) {
  const wheel = new HandWheel();
  const ranges = exempt.map(parseNetwork).filter((range) => range !== undefined);
  const penalties = new Penalties({
    firstSeconds: 2,
    maxSeconds: 60,
    decaySeconds: 900,
    entries,
    isExempt: (address) => ranges.some((range) => isWithin(range, address)),
    rangeOf: (address) => clientRange(address, PREFIX),
    timers: wheel,
  });
  return { wheel, penalties };
}

const ATTACKER = "192.0.2.66";
const OFFICE = "198.51.100.1";
const at = (address: string, user: string) => ({ address, user });

test("each further wrong password doubles the delay, up to the longest", () => {
  const { penalties } = start();
  const delays = Array.from({ length: 8 }, (_, index) => {
    penalties.failed(at(ATTACKER, "alice"), `guess ${index}`);
    return penalties.delaySeconds(at(ATTACKER, "alice"));
  });
  expect(delays).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
});

test("the delay goes down by itself, and is gone after decaySeconds", () => {
  const { wheel, penalties } = start();
  for (const guess of "abcd") penalties.failed(at(ATTACKER, "alice"), guess);
  const delays = [0, 225, 225, 225, 225].map((seconds) => {
    wheel.turn(seconds);
    return penalties.delaySeconds(at(ATTACKER, "alice"));
  });
  expect(delays).toEqual([16, 8, 4, 2, 0]);
  expect(penalties.clients).toBe(0);
  expect(wheel.waiting).toBe(0);
});

test("whoever has not failed is not delayed, however often others have failed for the user", () => {
  const { penalties } = start();
  for (let bot = 0; bot < 200; bot++) penalties.failed(at(`203.0.113.${bot}`, "alice"), `guess ${bot}`);
  expect(penalties.delaySeconds(at(OFFICE, "alice"))).toBe(0);
  // An address that has, meets with what is known of the user.
  expect(penalties.delaySeconds(at("203.0.113.7", "alice"))).toBe(60);
  expect(penalties.delaySeconds(at("203.0.113.7", "bob"))).toBe(2);
});

test("one phone with an old password does not delay its office more and more, nor for ever", () => {
  const { wheel, penalties } = start();
  for (let minute = 0; minute < 14; minute++) {
    penalties.failed(at(OFFICE, "alice"), "last year's");
    expect(penalties.delaySeconds(at(OFFICE, "bob"))).toBe(2);
    wheel.turn(60);
  }
  wheel.turn(60);
  penalties.failed(at(OFFICE, "alice"), "last year's");
  expect(penalties.delaySeconds(at(OFFICE, "bob"))).toBe(0);
});

test("the same wrong password counts for each user", () => {
  const { penalties } = start();
  for (const user of ["alice", "bob", "carol"]) penalties.failed(at(ATTACKER, user), "123456");
  expect(penalties.delaySeconds(at(ATTACKER, "dave"))).toBe(8);
});

test("who gets in after all is forgiven what failed for this user from here", () => {
  const { penalties } = start();
  for (const guess of "ab") penalties.failed(at(OFFICE, "alice"), guess);
  expect(penalties.succeeded(at(OFFICE, "alice"))).toBe(true);
  expect(penalties.delaySeconds(at(OFFICE, "alice"))).toBe(0);
  expect(penalties.succeeded(at(OFFICE, "alice"))).toBe(false);
});

test("an account of one's own does not pay for guessing at others'", () => {
  const { penalties } = start();
  for (const guess of "abc") {
    penalties.failed(at(ATTACKER, "alice"), guess);
    penalties.failed(at(ATTACKER, "mallory"), guess);
    penalties.succeeded(at(ATTACKER, "mallory"));
  }
  expect(penalties.delaySeconds(at(ATTACKER, "alice"))).toBe(8);
});

test("an owner's own logins elsewhere do not help who guesses", () => {
  const { penalties } = start();
  for (const guess of "abc") {
    penalties.failed(at(ATTACKER, "alice"), guess);
    penalties.succeeded(at(OFFICE, "alice"));
  }
  expect(penalties.delaySeconds(at(ATTACKER, "alice"))).toBe(8);
});

test("addresses of one IPv6 /64 are one client", () => {
  const { penalties } = start();
  penalties.failed(at("2001:db8::1", "alice"), "a");
  expect(penalties.delaySeconds(at("2001:db8::ffff", "bob"))).toBe(2);
  expect(penalties.delaySeconds(at("2001:db8:0:1::1", "bob"))).toBe(0);
});

test("failures from an exempt range do not count, and are not delayed", () => {
  const { penalties } = start({ exempt: ["10.0.0.0/8"] });
  expect(penalties.failed(at("10.1.2.3", "alice"), "a")).toBeUndefined();
  expect(penalties.delaySeconds(at("10.1.2.3", "alice"))).toBe(0);
});

test("workers of one host who share a salt count each other's failures once", () => {
  const salt = new Uint8Array(32).fill(7);
  const [one, other] = [0, 1].map(() => {
    const wheel = new HandWheel();
    return new Penalties({
      firstSeconds: 2,
      maxSeconds: 60,
      decaySeconds: 900,
      entries: 100,
      isExempt: () => false,
      rangeOf: (address) => address,
      timers: wheel,
      salt,
    });
  });
  const failure = one?.failed(at(ATTACKER, "alice"), "a");
  if (failure === undefined || other === undefined) throw new Error("the first failure counts");
  expect(other.count(failure)).toBe(true);
  expect(other.failed(at(ATTACKER, "alice"), "a")).toBeUndefined();
  expect(other.delaySeconds(at(ATTACKER, "alice"))).toBe(2);
  expect(other.forgive(failure.client, failure.user)).toBe(true);
  expect(other.delaySeconds(at(ATTACKER, "alice"))).toBe(0);
});

test("what is told of a failure holds nothing of the password", () => {
  const { penalties } = start();
  const failure = penalties.failed(at(ATTACKER, "alice"), "secret-word");
  expect(Object.keys(failure ?? {})).toEqual(["client", "user", "hash"]);
  expect(JSON.stringify(failure)).not.toContain("secret-word");
});

test("no two pairs of user and password are one", () => {
  const wrong = new WrongPasswords(10);
  expect(wrong.hash("ab", "c")).not.toBe(wrong.hash("a", "bc"));
  expect(wrong.hash("1 a", "b")).not.toBe(wrong.hash("1", " ab"));
});

test("remembers no more than it may, and forgets what came longest ago", () => {
  const { penalties } = start({ entries: 3 });
  for (let bot = 0; bot < 50; bot++) penalties.failed(at(`203.0.113.${bot}`, `user ${bot}`), "x");
  expect(penalties.clients).toBe(3);
  expect(penalties.delaySeconds(at("203.0.113.49", "somebody"))).toBe(2);
  expect(penalties.delaySeconds(at("203.0.113.0", "somebody"))).toBe(0);
});

const ADDRESSES = ["192.0.2.1", "192.0.2.2"];
const USERS = ["a", "b"];
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("fail" as const),
      address: fc.constantFrom(...ADDRESSES),
      user: fc.constantFrom(...USERS),
      proof: fc.constantFrom("1", "2", "3", "4"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("succeed" as const),
      address: fc.constantFrom(...ADDRESSES),
      user: fc.constantFrom(...USERS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 1000 }) }),
  },
);

test("nobody waits for longer than the longest delay, nor for failures of others, and success never raises a delay", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const { wheel, penalties } = start();
      const failed = new Set<string>();
      const everyDelay = () =>
        ADDRESSES.flatMap((address) => USERS.map((user) => penalties.delaySeconds({ address, user })));
      for (const each of steps) {
        const before = everyDelay();
        if (each.do === "wait") wheel.turn(each.seconds);
        else if (each.do === "succeed") penalties.succeeded(each);
        else if (penalties.failed(each, each.proof) !== undefined) failed.add(each.address);
        const after = everyDelay();
        for (const [index, delay] of after.entries()) {
          expect(delay).toBeLessThanOrEqual(60);
          if (delay > 0) expect(delay).toBeGreaterThanOrEqual(2);
          if (each.do !== "fail") expect(delay).toBeLessThanOrEqual(before[index] ?? 0);
        }
        for (const address of ADDRESSES) {
          if (failed.has(address)) continue;
          for (const user of USERS) expect(penalties.delaySeconds({ address, user })).toBe(0);
        }
      }
    }),
  );
});

test("a success takes away no more than its own pair has failed", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => {
      // Beside it all runs one where `a` never succeeds from the first address; what is left of `b` there must be there.
      const all = start();
      const alone = start();
      for (const each of steps) {
        if (each.do === "wait") {
          all.wheel.turn(each.seconds);
          alone.wheel.turn(each.seconds);
        } else if (each.do === "succeed") {
          if (each.user === "a") all.penalties.succeeded(each);
        } else {
          all.penalties.failed(each, each.proof);
          if (each.user === "b") alone.penalties.failed(each, each.proof);
        }
      }
      for (const address of ADDRESSES) {
        const least = alone.penalties.delaySeconds({ address, user: "nobody" });
        expect(all.penalties.delaySeconds({ address, user: "nobody" })).toBeGreaterThanOrEqual(least);
      }
    }),
  );
});
