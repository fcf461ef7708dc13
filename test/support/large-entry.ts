/** An element of BER with a length of four bytes, which may be longer than ldapts writes one. */
function element(tag: number, ...parts: Buffer[]): Buffer {
  const head = Buffer.alloc(6);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  head.writeUInt8(tag);
  head.writeUInt8(0x84, 1);
  head.writeUInt32BE(length, 2);
  return Buffer.concat([head, ...parts]);
}

const SYNC_STATE = "1.3.6.1.4.1.4203.1.9.1.2";
const MODIFIED = Buffer.from([0x0a, 1, 2]);

export interface LargeEntry {
  id: number;
  dn: string;
  /** Values of cn, in bytes. */
  values: readonly Buffer[];
  /** Of its sync state, with a cookie; no state if absent. */
  uuid?: Buffer;
}

/** A search result entry (RFC 4511, section 4.5.2) of any size. */
export function largeEntry({ id, dn, values, uuid }: LargeEntry): Buffer {
  const text = (value: string): Buffer => element(0x04, Buffer.from(value));
  const set = element(0x31, ...values.map((value) => element(0x04, value)));
  const attributes = element(0x30, element(0x30, text("cn"), set));
  const operation = element(0x64, text(dn), attributes);
  const state = (bytes: Buffer): Buffer => element(0x30, MODIFIED, element(0x04, bytes), text("rid=1"));
  const control = (bytes: Buffer): Buffer =>
    element(0xa0, element(0x30, text(SYNC_STATE), element(0x04, state(bytes))));
  const number = Buffer.alloc(4);
  number.writeUInt32BE(id);
  const parts = [element(0x02, number), operation, ...(uuid === undefined ? [] : [control(uuid)])];
  return element(0x30, ...parts);
}
