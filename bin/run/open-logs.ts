/** A log of this process that may still hold lines. */
export interface OpenLog {
  flush(deadlineMs: number): Promise<void>;
  /** Its lines are made and batched as ever, but not written. */
  discards: boolean;
}

const open: OpenLog[] = [];

/** Has the log written before the process exits. */
export const registerLog = (log: OpenLog): void => void open.push(log);

/** How long an exit may wait for the log, in milliseconds. */
const FLUSH_MS = 1000;

/** Writes what the logs hold, as far as that works without waiting for long. */
export const flushLogs = async (): Promise<void> =>
  void (await Promise.all(open.map((log) => log.flush(FLUSH_MS))));

/** Discards every line that is logged until the work is done. */
export async function discardLogsDuring(work: () => Promise<void>): Promise<void> {
  await flushLogs();
  for (const log of open) log.discards = true;
  try {
    await work();
  } finally {
    await flushLogs();
    for (const log of open) log.discards = false;
  }
}
