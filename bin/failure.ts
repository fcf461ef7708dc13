/** Exit codes of mmp; `nobody`: a sync that leaves nobody a route. */
export const EXIT = { failure: 1, usage: 2, nobody: 3 } as const;

/** An end that the user is told in plain lines, without a stack. */
export class Failure extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number = EXIT.failure) {
    super(message);
    this.exitCode = exitCode;
  }
}
