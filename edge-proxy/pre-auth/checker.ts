import type { PreAuthAnswer } from "../api-client/answers.ts";
import type { RouteClient } from "../api-client/client.ts";
import type { SessionRecord } from "../observe/session-record.ts";
import { type Octets, utf8Text } from "../protocol/octets.ts";
import type { Timers } from "../timer-wheel.ts";
import type { PasswordOwner, PreAuthCache } from "./cache.ts";
import type { PreAuthLog } from "./log.ts";

/** Who waits for the directory's answer. */
export interface PasswordWaiter {
  /** Of the session that waits, for the API's log. */
  readonly sid?: string | undefined;
  passwordChecked(answer: PreAuthAnswer): void;
}

export interface PasswordCheckerOptions {
  client: Pick<RouteClient, "preAuthenticate">;
  cache: PreAuthCache;
  timers: Pick<Timers, "nowMs">;
  /** Longest time that a login waits. */
  seconds: number;
  /** Longest password that the API takes, in characters. */
  passwordMax: number;
  log: PreAuthLog;
}

/** Checks passwords against the directory, before any store is asked. */
export class PasswordChecker {
  readonly #options: PasswordCheckerOptions;

  constructor(options: PasswordCheckerOptions) {
    this.#options = options;
  }

  /** Tells the waiter whether the password is the entry's: at once where it is cached, else within `seconds`. */
  check({ uuid, version }: PasswordOwner, octets: Octets, waiter: PasswordWaiter): void {
    const { client, cache, timers, seconds, passwordMax } = this.#options;
    const password = utf8Text(octets);
    // A directory's passwords are UTF-8 (RFC 4513, section 5.1.3): anything else cannot be right.
    if (password === undefined || password.length > passwordMax) {
      return waiter.passwordChecked({ is: "wrong" });
    }
    const owner = { uuid, version };
    if (cache.isRight(owner, password)) return waiter.passwordChecked({ is: "right" });
    client.preAuthenticate({
      uuid,
      password,
      certain: false,
      sid: waiter.sid,
      deadlineMs: timers.nowMs + seconds * 1000,
      answered(answer) {
        if (answer.is === "right") cache.learn(owner, password);
        waiter.passwordChecked(answer);
      },
    });
  }

  /** Logs that the directory has let a user in; `user` with the domain. */
  note({ sid, instance, clientAddress }: SessionRecord, user: string): void {
    this.#options.log.write({ at: new Date(), sid, instance, user, clientAddress });
  }
}
