import { crc32c } from "./crc32c.ts";
import { addressOctets, addressText, mappedOctets } from "./ip-address.ts";
import type { Addresses } from "./transport.ts";

/** Which versions of the header a listener accepts; `optional` is version 2 or no header, and `none` leaves it to what follows. */
export type ProxyVersions = "v1" | "v2" | "any" | "optional" | "none";

export type ProxyHeader =
  /** `length` bytes belong to it. No addresses: the proxy speaks for itself (LOCAL), or does not know (UNKNOWN). */
  | { is: "header"; length: number; addresses: Addresses | undefined }
  | { is: "unfinished" }
  | { is: "absent" }
  | { is: "wrong"; detail: string };

const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const V1_BYTES = 107;
const V2_HEAD_BYTES = 16;
/** Longest part behind the fixed one: addresses, and TLVs with a client certificate's name. */
const V2_BODY_BYTES = 16_384;
const TLV_CRC32C = 0x03;
/** Version 2 with its command. */
const LOCAL = 0x20;
const PROXY = 0x21;
/** Address family and transport: unspecified, TCP over IPv4, TCP over IPv6. */
const FAMILIES = new Map([
  [0x00, { octets: 0, portBytes: 0 }],
  [0x11, { octets: 4, portBytes: 4 }],
  [0x21, { octets: 16, portBytes: 4 }],
]);

const wrong = (detail: string): ProxyHeader => ({ is: "wrong", detail });
const unfinished: ProxyHeader = { is: "unfinished" };
const absent: ProxyHeader = { is: "absent" };

/** Reads a PROXY header (proxy-protocol.txt of HAProxy, versions 1 and 2) at the beginning of what has arrived so far. */
export function readProxyHeader(bytes: Uint8Array, versions: ProxyVersions): ProxyHeader {
  if (versions === "none") return absent;
  const shared = Math.min(bytes.length, SIGNATURE.length);
  const isV2 = SIGNATURE.subarray(0, shared).equals(bytes.subarray(0, shared));
  if (isV2 && bytes.length > 0) {
    if (versions === "v1") return wrong("a v2 header where v1 is required");
    return bytes.length < V2_HEAD_BYTES ? unfinished : readV2(bytes);
  }
  if (bytes.length > 0 && versions === "optional") return absent;
  if (bytes.length > 0 && versions === "v2") return wrong("no v2 header");
  return readV1(bytes);
}

function readV1(bytes: Uint8Array): ProxyHeader {
  const start = Buffer.from(bytes.subarray(0, V1_BYTES)).toString("latin1");
  if (!"PROXY ".startsWith(start.slice(0, 6))) return wrong("no PROXY header");
  const end = start.indexOf("\r\n");
  if (end < 0) return start.length < V1_BYTES ? unfinished : wrong("an unterminated v1 header");
  const [, family, ...fields] = start.slice(0, end).split(" ");
  const length = end + 2;
  if (family === "UNKNOWN") return { is: "header", length, addresses: undefined };
  const octets = { TCP4: 4, TCP6: 16 }[family ?? ""];
  const [source = "", target = "", sourcePort = "", targetPort = ""] = fields;
  if (octets === undefined || fields.length !== 4) return wrong("a v1 header with invalid fields");
  const addresses = [source, target].map(addressOctets);
  const ports = [sourcePort, targetPort].map((text) =>
    /^(0|[1-9]\d{0,4})$/.test(text) ? Number(text) : 65_536,
  );
  if (addresses.some((address) => address?.length !== octets) || ports.some((port) => port > 65_535)) {
    return wrong("a v1 header with an invalid address or port");
  }
  const [remote = new Uint8Array(4), local = new Uint8Array(4)] = addresses;
  return {
    is: "header",
    length,
    addresses: {
      remoteAddress: addressText(remote),
      remotePort: ports[0] ?? 0,
      localAddress: addressText(local),
      localPort: ports[1] ?? 0,
    },
  };
}

function readV2(bytes: Uint8Array): ProxyHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const command = view.getUint8(12);
  const size = view.getUint16(14);
  if (command !== LOCAL && command !== PROXY) return wrong("a v2 header with an invalid version or command");
  if (size > V2_BODY_BYTES) return wrong(`a v2 header that is too long: ${size} bytes`);
  const length = V2_HEAD_BYTES + size;
  if (bytes.length < length) return unfinished;
  const family = FAMILIES.get(view.getUint8(13));
  if (family === undefined) {
    // LOCAL: the proxy's own connection, such as a health check. Its addresses are not read.
    return command === LOCAL
      ? { is: "header", length, addresses: undefined }
      : wrong("a v2 header for a protocol other than TCP");
  }
  const ports = V2_HEAD_BYTES + family.octets * 2;
  const tlvs = ports + family.portBytes;
  if (length < tlvs) return wrong("a v2 header that is too short for its addresses");
  const fault = checkTlvs(bytes.subarray(0, length), tlvs);
  if (fault !== undefined) return wrong(fault);
  if (command === LOCAL || family.octets === 0) return { is: "header", length, addresses: undefined };
  return {
    is: "header",
    length,
    addresses: {
      remoteAddress: addressText(bytes.subarray(V2_HEAD_BYTES, V2_HEAD_BYTES + family.octets)),
      remotePort: view.getUint16(ports),
      localAddress: addressText(bytes.subarray(V2_HEAD_BYTES + family.octets, ports)),
      localPort: view.getUint16(ports + 2),
    },
  };
}

/** Checks the TLVs after the addresses; returns what is wrong with them. */
function checkTlvs(header: Uint8Array, from: number): string | undefined {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  for (let at = from; at < header.length; ) {
    if (at + 3 > header.length) return "a truncated TLV";
    const type = view.getUint8(at);
    const value = at + 3;
    const end = value + view.getUint16(at + 1);
    if (end > header.length) return "a TLV that is longer than the header";
    if (type === TLV_CRC32C) {
      if (end - value !== 4) return "a checksum of the wrong length";
      const zeroed = Uint8Array.from(header);
      zeroed.fill(0, value, end);
      if (crc32c(zeroed) !== view.getUint32(value)) return "a checksum mismatch";
    }
    at = end;
  }
  return undefined;
}

/**
 * The v2 header that tells a store the client's address. If client and edge are of different families, both addresses
 * are sent as IPv6. Without a usable address the header says LOCAL.
 */
export function proxyHeaderV2({ remoteAddress, remotePort, localAddress, localPort }: Addresses): Uint8Array {
  const remote = addressOctets(remoteAddress);
  const local = addressOctets(localAddress);
  if (remote === undefined || local === undefined)
    return Buffer.concat([SIGNATURE, Uint8Array.of(0x20, 0, 0, 0)]);
  const isIpv4 = remote.length === 4 && local.length === 4;
  const addresses = isIpv4 ? [remote, local] : [mappedOctets(remote), mappedOctets(local)];
  const ports = Uint8Array.of(remotePort >> 8, remotePort & 255, localPort >> 8, localPort & 255);
  const size = (isIpv4 ? 8 : 32) + ports.length;
  return Buffer.concat([SIGNATURE, Uint8Array.of(0x21, isIpv4 ? 0x11 : 0x21, 0, size), ...addresses, ports]);
}
