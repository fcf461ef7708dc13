import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** Where an attacker connects. */
export interface Target {
  plainPort: number;
  tlsPort: number;
}

/** Opens a connection from one of the attacker's addresses; it ends itself when that is over. */
export type Connect = (port: number) => Socket;

export interface Attack {
  /** As in the table of docs/reliability.md. */
  name: string;
  /** Connections that are open at the same time; each is opened again when it ends. */
  open: number;
  /** Connections a second, beside those that are open. */
  perSecond: number;
  /** What a connection does. */
  begin(connect: Connect, target: Target): Socket;
}

/** One octet each so often keeps a connection from being idle. */
const DRIP_MS = 1000;

/** Sends something, and then one octet after the other of what never ends. */
const drip =
  (first: string | Buffer, port: (target: Target) => number): Attack["begin"] =>
  (connectTo, target) => {
    const socket = connectTo(port(target));
    socket.write(first);
    const timer = setInterval(() => socket.write("x"), DRIP_MS);
    return socket.on("close", () => clearInterval(timer));
  };

const say =
  (text: () => string | Buffer): Attack["begin"] =>
  (connectTo, { plainPort }) => {
    const socket = connectTo(plainPort);
    socket.write(text());
    socket.on("data", (bytes: Buffer) => {
      if (/^\w+ (NO|BAD|OK)|BYE/m.test(bytes.toString("latin1"))) socket.destroy();
    });
    return socket;
  };

const plain = ({ plainPort }: Target): number => plainPort;
const tls = ({ tlsPort }: Target): number => tlsPort;

/** The first octets of a TLS record: a ClientHello of 512 octets that never comes (RFC 8446, section 5.1). */
const HELLO_START = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc]);
/** PROXY v2 over IPv4, from 192.0.2.1. */
const PROXY_HEADER = Buffer.from("0d0a0d0a000d0a515549540a2111000cc0000201c00002020001008f", "hex");
const TOKEN_OCTETS = 60_000;
const NAMES = 10_000;
let sprayed = 0;

export const ATTACKS: readonly Attack[] = [
  {
    name: "connections that say nothing",
    open: 20_000,
    perSecond: 0,
    begin: (to, { plainPort }) => to(plainPort).resume(),
  },
  { name: "slow-loris before a command ends", open: 300, perSecond: 0, begin: drip("a LOGIN ", plain) },
  { name: "slow-loris in a literal", open: 300, perSecond: 0, begin: drip("a LOGIN {2000+}\r\n", plain) },
  {
    name: "slow-loris in a SASL exchange",
    open: 300,
    perSecond: 0,
    begin: drip("a AUTHENTICATE PLAIN\r\n", plain),
  },
  { name: "slow-loris after STARTTLS", open: 300, perSecond: 0, begin: drip("a STARTTLS\r\n", plain) },
  { name: "slow-loris in a TLS handshake", open: 300, perSecond: 0, begin: drip(HELLO_START, tls) },
  {
    name: "TLS handshakes cut half way",
    open: 0,
    perSecond: 50,
    begin(connectTo, { tlsPort }) {
      const socket = connectTo(tlsPort);
      // The server's part has come: its work is done.
      socket.once("data", () => socket.destroy());
      connectTls({ socket, rejectUnauthorized: false }).on("error", () => {});
      return socket;
    },
  },
  {
    name: "tokens of 60,000 octets",
    open: 0,
    perSecond: 20,
    begin: say(() => {
      const token = `n,a=user@example.com,\x01auth=Bearer ${"t".repeat(TOKEN_OCTETS * 0.7)}\x01\x01`;
      return `a AUTHENTICATE OAUTHBEARER ${Buffer.from(token).toString("base64")}\r\n`;
    }),
  },
  {
    name: "rubbish for base64",
    open: 0,
    perSecond: 50,
    begin: say(
      () =>
        `a AUTHENTICATE PLAIN ${randomBytes(200)
          .toString("latin1")
          .replace(/[\r\n]/g, "x")}\r\n`,
    ),
  },
  {
    name: "PROXY headers from peers that are not trusted",
    open: 0,
    perSecond: 100,
    begin: say(() => PROXY_HEADER),
  },
  {
    name: "passwords for 10,000 names from 500 addresses",
    open: 0,
    perSecond: 50,
    begin: say(() => `a LOGIN n${sprayed++ % NAMES}@example.com guessed\r\n`),
  },
];

/** Addresses of the attackers: 127.1.0.1 to 127.1.1.250. */
const ADDRESSES = 500;
let connections = 0;

/** Connects from one address after the other. */
export const fromMany: Connect = (port) => {
  const number = connections++ % ADDRESSES;
  const localAddress = `127.1.${Math.floor(number / 250)}.${(number % 250) + 1}`;
  return connect({ port, host: "127.0.0.1", localAddress }).on("error", () => {});
};
