import type { MadeUpSalts } from "../guard/made-up-salts.ts";
import type { Credentials } from "../protocol/dialogue.ts";
import { type Octets, octetsBase64 } from "../protocol/octets.ts";
import { clientNonce, isScram, type ScramShape, scramChallenge, scramShape } from "../protocol/scram.ts";

type Exchange = Credentials & { kind: "exchange" };

/** A challenge as the user's store would have sent it, if there were the user. */
export interface ScramDecoy {
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
  shape: ScramShape;
  timesMs: number[];
}

/** What stores' challenges of SCRAM have looked like, by mechanism. */
export type SeenChallenges = Map<string, Seen>;

/**
 * Made-up challenges of SCRAM for names that no store is asked about: unknown users, disabled ones. Without them, who
 * gets a challenge exists. The salt is the same for a name each time; all else is as the stores have had it lately.
 */
export class ScramDecoys {
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
    if (!isScram(mechanism)) return;
    const shape = scramShape(message, clientNonce(initial.reveal()) ?? "");
    if (shape === undefined) return;
    const { timesMs } = this.#seen.get(mechanism) ?? { timesMs: [] };
    this.#seen.set(mechanism, { shape, timesMs: [...timesMs, afterMs].slice(-TIMES_KEPT) });
  }

  /** The challenge for a login name; undefined where the mechanism has none. */
  make({ mechanism, initial }: Exchange, login: string): ScramDecoy | undefined {
    const nonce = clientNonce(initial.reveal());
    if (!isScram(mechanism) || nonce === undefined) return undefined;
    const { shape, timesMs } = this.#seen.get(mechanism) ?? { shape: USUAL, timesMs: [] };
    const { saltOctets, nonceOctets, iterations } = shape;
    const salt = this.#salts.salt(`${mechanism} ${login}`, saltOctets);
    const message = octetsBase64(scramChallenge(nonce + this.#salts.nonce(nonceOctets), salt, iterations));
    return { message, afterMs: timesMs[Math.floor(this.#random() * timesMs.length)] ?? 0 };
  }
}
