import { connect } from "node:net";
import { localHeader } from "./proxy-header.ts";
import type { BalancerSettings, Target } from "./settings.ts";

/** Asks a target again and again whether it accepts connections; returns what ends that. */
export function watchTarget(
  target: Target,
  { checkMs, checkLimitMs }: BalancerSettings,
  withHeader: boolean,
  result: (well: boolean) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const check = async (): Promise<void> => {
    const well = await accepts(target, checkLimitMs, withHeader);
    if (over) return;
    result(well);
    timer = setTimeout(check, checkMs);
  };
  void check();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}

const accepts = ({ address, port }: Target, limitMs: number, withHeader: boolean): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, address);
    const done = (well: boolean): void => {
      clearTimeout(timer);
      resolve(well);
    };
    const giveUp = (): void => {
      socket.destroy();
      resolve(false);
    };
    // What came while this process did not run is read first.
    const timer = setTimeout(() => setImmediate(giveUp), limitMs);
    socket.once("connect", () => {
      done(true);
      socket.resume().end(withHeader ? localHeader() : "");
    });
    socket.on("error", () => done(false));
  });
