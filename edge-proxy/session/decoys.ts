import type { MadeUpSalts } from "../guard/made-up-salts.ts";
import type { Credentials } from "../protocol/dialogue.ts";
import { type Octets, octetsBase64 } from "../protocol/octets.ts";
import { clientNonce, isScram, type ScramShape, scramChallenge, scramShape } from "../protocol/scram.ts";

type Exchange = Credentials & { kind: "exchange" };

/** A challenge as the user's store would have sent it, if there were the user. */
export interface Decoy {
  /** Base64. */
  message: Octets;
  /** When the stores' challenges come, after the login has begun. */
  afterMs: number;
}

/** Times of challenges that are remembered, of each mechanism. */
const TIMES_KEPT = 32;
/** As Dovecot and Cyrus have it, until a store has sent one. */
const USUAL: ScramShape = { saltOctets: 16, nonceOctets: 24, iterations: 4096 };

interface Seen {
  /** The latest. */
  message: Octets;
  /** Undefined where the mechanism is not SCRAM. */
  shape: ScramShape | undefined;
  timesMs: number[];
}

/** What stores' challenges have looked like, by mechanism. */
export type SeenChallenges = Map<string, Seen>;

/**
 * Made-up challenges for names that no store is asked about: unknown users, disabled ones. Without them, who gets a
 * challenge exists. By SCRAM the salt is the same for a name each time; all else is as the stores have had it lately. To a
 * token that is not valid all users of a store get the same challenge (RFC 7628 section 3.2.2): that one is repeated.
 */
export class Decoys {
  readonly #salts: MadeUpSalts;
  readonly #seen: SeenChallenges;
  readonly #random: () => number;

  constructor(salts: MadeUpSalts, seen: SeenChallenges, random: () => number = Math.random) {
    this.#salts = salts;
    this.#seen = seen;
    this.#random = random;
  }

  /** A store has sent its challenge so long after the login began. */
  learn({ mechanism, initial }: Exchange, message: Octets, afterMs: number): void {
    const shape = isScram(mechanism) ? scramShape(message, clientNonce(initial.reveal()) ?? "") : undefined;
    if (isScram(mechanism) && shape === undefined) return;
    const { timesMs } = this.#seen.get(mechanism) ?? { timesMs: [] };
    this.#seen.set(mechanism, { message, shape, timesMs: [...timesMs, afterMs].slice(-TIMES_KEPT) });
  }

  /** The challenge for a login name; undefined where stores have sent none by the mechanism. */
  make({ mechanism, initial }: Exchange, login: string): Decoy | undefined {
    const seen = this.#seen.get(mechanism);
    const times = seen?.timesMs ?? [];
    const afterMs = times[Math.floor(this.#random() * times.length)] ?? 0;
    if (!isScram(mechanism)) return seen && { message: seen.message, afterMs };
    const nonce = clientNonce(initial.reveal());
    if (nonce === undefined) return undefined;
    const { saltOctets, nonceOctets, iterations } = seen?.shape ?? USUAL;
    const salt = this.#salts.salt(`${mechanism} ${login}`, saltOctets);
    const message = octetsBase64(scramChallenge(nonce + this.#salts.nonce(nonceOctets), salt, iterations));
    return { message, afterMs };
  }
}
