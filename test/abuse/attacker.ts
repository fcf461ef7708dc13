/** Makes one attack until it is ended: its name and the target's two ports as arguments. Prints when it is under way. */
import { ATTACKS, fromMany } from "./attacks.ts";

const [name, plainPort, tlsPort] = process.argv.slice(2);
const attack = ATTACKS.find((one) => one.name === name);
if (attack === undefined) throw new Error(`no attack is called ${name}`);
const target = { plainPort: Number(plainPort), tlsPort: Number(tlsPort) };

/** A connection that has ended is opened again after this, in milliseconds. */
const AGAIN_MS = 1000;

const hold = (): void => {
  attack.begin(fromMany, target).once("close", () => setTimeout(hold, AGAIN_MS));
};
// Not all at once: what is measured is what they cost while they are there.
const OPENED_MS = 2000;
for (let index = 0; index < attack.open; index++) setTimeout(hold, (OPENED_MS * index) / attack.open);
if (attack.perSecond > 0) setInterval(() => attack.begin(fromMany, target), 1000 / attack.perSecond);
setTimeout(() => console.log("under way"), attack.open > 0 ? OPENED_MS : 0);
