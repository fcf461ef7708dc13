import { createHash } from "node:crypto";
import { z } from "zod";
import type { DocumentStore } from "../store/store.ts";
import { DOCUMENTS } from "./notes.ts";

/**
 * The entries whose removal is on hold, in the order in which they were shown, so that an approval is of these and no
 * others. It has a document of its own, since that of the lease is written every two seconds.
 */
export interface HeldSet {
  /** Adds entries. Rejects with a StoreError. */
  add(uuids: readonly string[]): Promise<void>;
  /** Replaces the set by this one of `count` entries; true if it is the same, as far as it is kept. Rejects with a StoreError. */
  replace(uuids: readonly string[], count: number): Promise<boolean>;
  /** Tells whether an entry is among the first `count`; undefined if so many are not kept. Rejects with a StoreError. */
  first(count: number): Promise<((uuid: string) => boolean) | undefined>;
}

/** Octets of an entry's digest. */
const DIGEST_BYTES = 8;
/** Largest set that is kept: its document takes 267 KB of the 400 that DynamoDB allows. */
export const HELD_SET_MAX = 25_000;

const Document = z.object({ digests: z.base64() });

const digestOf = (uuid: string): string =>
  createHash("sha256").update(uuid).digest().subarray(0, DIGEST_BYTES).toString("latin1");

export function heldSet(documents: DocumentStore): HeldSet {
  const load = async (): Promise<{ digests: string[]; revision: string | undefined }> => {
    const document = await documents.readDocument(DOCUMENTS.heldSet);
    const parsed = Document.safeParse(document?.value);
    const octets = parsed.success ? Buffer.from(parsed.data.digests, "base64").toString("latin1") : "";
    const digests = Array.from({ length: octets.length / DIGEST_BYTES }, (_, at) =>
      octets.slice(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES),
    );
    return { digests, revision: document?.revision };
  };
  const save = async (digests: readonly string[], revision: string | undefined): Promise<void> => {
    const value = { digests: Buffer.from(digests.join(""), "latin1").toString("base64") };
    await documents.swapDocument(DOCUMENTS.heldSet, value, revision);
  };

  return {
    async add(uuids) {
      const { digests, revision } = await load();
      const all = [...new Set([...digests, ...uuids.map(digestOf)])];
      if (all.length <= HELD_SET_MAX) await save(all, revision);
    },
    async replace(uuids, count) {
      const { digests, revision } = await load();
      const all = count > HELD_SET_MAX ? [] : [...new Set(uuids.map(digestOf))];
      const before = new Set(digests);
      const isSame = before.size === all.length && all.every((each) => before.has(each));
      if (!isSame) await save(all, revision);
      return isSame;
    },
    async first(count) {
      const { digests } = await load();
      if (digests.length < count) return undefined;
      const shown = new Set(digests.slice(0, count));
      return (uuid) => shown.has(digestOf(uuid));
    },
  };
}
