import { type BackOff, backOffSeconds } from "../api-client/back-off.ts";
import { ListenError } from "../transport/transport.ts";
import type { InstanceContext } from "./context.ts";
import { type Instance, type InstanceSettings, startInstance } from "./instance.ts";

/** An instance whose settings are not in force, and why. */
export interface InstanceFault {
  instance: string;
  text: string;
}

/** How soon to retry an instance whose address was not available. */
const RETRY: BackOff = { firstSeconds: 1, longestSeconds: 60 };

/** The instances of a process: each is started, changed and retried independently of the others. */
export class InstanceSet {
  readonly running = new Map<string, Instance>();
  readonly #context: InstanceContext;
  readonly #faults = new Map<string, string>();
  readonly #retries = new Set<{ due: number; expire(): void }>();
  /** Changes run one at a time. */
  #turn: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(context: InstanceContext) {
    this.#context = context;
  }

  get faults(): InstanceFault[] {
    return [...this.#faults].map(([instance, text]) => ({ instance, text }));
  }

  /**
   * Replaces all settings. Where an instance cannot take its own, a running one keeps those it has, and `faults` says
   * why; where an address was not available, it retries by itself.
   */
  apply(wanted: Readonly<Record<string, InstanceSettings>>): Promise<void> {
    return this.#inTurn(async () => {
      this.#forgetRetries();
      this.#faults.clear();
      const kept = Object.keys(wanted).filter((name) => this.running.has(name));
      const fresh = Object.keys(wanted).filter((name) => !this.running.has(name));
      for (const name of kept) await this.#attempt(name, wanted[name]);
      for (const [name, instance] of this.running) {
        if (wanted[name] !== undefined) continue;
        await instance.stopListening();
        instance.retire();
        this.running.delete(name);
      }
      // Last: addresses that other instances gave up are free by now.
      for (const name of fresh) await this.#attempt(name, wanted[name]);
    });
  }

  /** Stops retrying; resolves when no change is under way. */
  stopRetrying(): Promise<void> {
    this.#stopped = true;
    this.#forgetRetries();
    return this.#turn;
  }

  async #attempt(name: string, settings: InstanceSettings | undefined, failures = 0): Promise<void> {
    if (settings === undefined) return;
    try {
      const instance = this.running.get(name);
      if (instance === undefined) this.running.set(name, await startInstance(name, settings, this.#context));
      else await instance.prepare(settings).apply();
      this.#faults.delete(name);
    } catch (error) {
      this.#faults.set(name, error instanceof Error ? error.message : String(error));
      if (error instanceof ListenError) this.#tryLater(name, settings, failures + 1);
    }
  }

  #tryLater(name: string, settings: InstanceSettings, failures: number): void {
    if (this.#stopped) return;
    const retry = {
      due: -1,
      expire: () => {
        this.#inTurn(async () => {
          if (!this.#retries.delete(retry)) return;
          await this.#attempt(name, settings, failures);
          if (!this.#faults.has(name)) this.#context.log.info({ instance: name }, "instance started");
        });
      },
    };
    this.#retries.add(retry);
    this.#context.wheel.set(retry, backOffSeconds(RETRY, failures, Math.random));
  }

  #forgetRetries(): void {
    for (const retry of this.#retries) this.#context.wheel.clear(retry);
    this.#retries.clear();
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(change);
    return this.#turn;
  }
}
