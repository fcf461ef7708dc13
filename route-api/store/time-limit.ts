import { StoreError } from "./store.ts";

/** The store's response; rejects with a StoreError if it takes longer than `ms`. The request itself is not cancelled. */
export async function withTimeLimit<T>(response: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreError("unreachable", `no response within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([response, limit]);
  } finally {
    clearTimeout(timer);
  }
}
