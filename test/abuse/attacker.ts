/**
 * Makes one attack until it is ended: its name, the target's two ports, and as how manieth of how many attackers, as
 * arguments. Prints when it is under way, and then how many connections it has, every second.
 */
import type { Socket } from "node:net";
import { ATTACKS, fromMany } from "./attacks.ts";

const [name, plainPort, tlsPort, number, attackers] = process.argv.slice(2);
const attack = ATTACKS.find((one) => one.name === name);
if (attack === undefined) throw new Error(`no attack is called ${name}`);
const target = { plainPort: Number(plainPort), tlsPort: Number(tlsPort) };
const share = attack.open / Number(attackers);

/** A connection that has ended is opened again after this, in milliseconds. */
const AGAIN_MS = 1000;
/** Connections that are opened in a second at most, by all attackers: what is measured is what they cost while they are there. */
const OPENED_PER_SECOND = 2000;
/** Shortest time that the opening takes. */
const OPENING_MS = 2000;
const COUNT_MS = 1000;

const open = new Set<Socket>();
const hold = (): void => {
  const socket = attack.begin(fromMany, target);
  socket.once("connect", () => open.add(socket));
  socket.once("close", () => {
    open.delete(socket);
    setTimeout(hold, AGAIN_MS);
  });
};
const openingMs = Math.max(OPENING_MS, (attack.open / OPENED_PER_SECOND) * 1000);
const first = Math.round(Number(number) * share);
for (let index = first; index < Math.round((Number(number) + 1) * share); index++)
  setTimeout(hold, (openingMs * (index - first)) / share);
if (attack.perSecond > 0) setInterval(() => attack.begin(fromMany, target), 1000 / attack.perSecond);
setTimeout(() => console.log("under way"), attack.open > 0 ? openingMs : 0);
setInterval(() => console.log(`open ${open.size}`), COUNT_MS);
