/** A command whose work another process did, and told: only its exit code is left. */
export class EndedElsewhere extends Error {
  override readonly name = 'EndedElsewhere';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`ended with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

export function isEndedElsewhere(error: unknown): error is EndedElsewhere {
  return error instanceof EndedElsewhere;
}
