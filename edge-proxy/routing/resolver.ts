import type { RouteAnswer, RouteClient } from "./route-client.ts";

export interface ResolverOptions {
  client: Pick<RouteClient, "lookup">;
  /** Milliseconds on a clock that never goes back. */
  nowMs: () => number;
  freshSeconds: number;
  staleSeconds: number;
  negativeSeconds: number;
  /** Names kept at most; the one learned longest ago goes first. */
  entries: number;
}

type Done = (answer: RouteAnswer) => void;

interface Cached {
  answer: RouteAnswer;
  atMs: number;
}

export interface Resolver {
  /** Finds the route of a login name; calls back at once where the cache knows it. */
  resolve(login: string, done: Done): void;
}

/**
 * The route cache: fresh routes are used as they are, stale ones are used and asked for again, absent ones are
 * asked for once however many wait. Failures of the API are never kept.
 */
export function createResolver(options: ResolverOptions): Resolver {
  const cache = new Map<string, Cached>();
  const waiting = new Map<string, Done[]>();
  const freshMs = options.freshSeconds * 1000;
  const usableMs = freshMs + options.staleSeconds * 1000;
  const negativeMs = options.negativeSeconds * 1000;

  const keep = (login: string, answer: RouteAnswer): void => {
    cache.delete(login);
    cache.set(login, { answer, atMs: options.nowMs() });
    if (cache.size <= options.entries) return;
    const oldest = cache.keys().next();
    if (oldest.done !== true) cache.delete(oldest.value);
  };

  const ask = (login: string): void => {
    options.client.lookup(login, (answer) => {
      if (answer.is !== "unavailable") keep(login, answer);
      const done = waiting.get(login) ?? [];
      waiting.delete(login);
      for (const each of done) each(answer);
    });
  };

  return {
    resolve(login, done) {
      const cached = cache.get(login);
      if (cached !== undefined) {
        const age = options.nowMs() - cached.atMs;
        const isRoute = cached.answer.is === "route";
        if (age < (isRoute ? freshMs : negativeMs)) return done(cached.answer);
        if (isRoute && age < usableMs) {
          if (!waiting.has(login)) {
            waiting.set(login, []);
            ask(login);
          }
          return done(cached.answer);
        }
        cache.delete(login);
      }
      const others = waiting.get(login);
      if (others !== undefined) return void others.push(done);
      waiting.set(login, [done]);
      ask(login);
    },
  };
}
