import type { PreAuthAnswer } from "../api-client/answers.ts";
import type { RouteClient } from "../api-client/client.ts";
import type { SessionRecord } from "../observe/session-record.ts";
import { type Octets, utf8Text } from "../protocol/octets.ts";
import type { Timers } from "../timer-wheel.ts";
import type { PasswordOwner, PreAuthCache } from "./cache.ts";
import type { PreAuthLog } from "./log.ts";

/** Who waits for the directory's word on a password. */
export interface PreAuthWaiter {
  preAuthenticated(answer: PreAuthAnswer): void;
}

export interface PreAuthOptions {
  client: Pick<RouteClient, "preAuthenticate">;
  cache: PreAuthCache;
  timers: Pick<Timers, "nowMs">;
  /** Longest that a login waits. */
  seconds: number;
  /** Longest password that can be asked about, in characters. */
  passwordMax: number;
  log: PreAuthLog;
}

/** Judges passwords by the directory, before any store is asked. */
export class PreAuth {
  readonly #options: PreAuthOptions;

  constructor(options: PreAuthOptions) {
    this.#options = options;
  }

  /** Tells the waiter whether it is the password of the entry: at once where the cache knows, else within `seconds`. */
  check({ uuid, version }: PasswordOwner, octets: Octets, waiter: PreAuthWaiter): void {
    const { client, cache, timers, seconds, passwordMax } = this.#options;
    const password = utf8Text(octets);
    // The directory's are UTF-8 (RFC 4513, section 5.1.3): what is not is none of them.
    if (password === undefined || password.length > passwordMax) {
      return waiter.preAuthenticated({ is: "wrong" });
    }
    const owner = { uuid, version };
    if (cache.isRight(owner, password)) return waiter.preAuthenticated({ is: "right" });
    client.preAuthenticate({
      uuid,
      password,
      certain: false,
      deadlineMs: timers.nowMs + seconds * 1000,
      answered(answer) {
        if (answer.is === "right") cache.learn(owner, password);
        waiter.preAuthenticated(answer);
      },
    });
  }

  /** Writes down that a user has been let in; `user` with the domain. */
  note({ sid, instance, clientAddress }: SessionRecord, user: string): void {
    this.#options.log.write({ at: new Date(), sid, instance, user, clientAddress });
  }
}
