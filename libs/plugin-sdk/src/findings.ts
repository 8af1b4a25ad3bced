/** `error` is data that is lost or wrong, `warning` data that may be, `info` what is good to know. */
export type FindingSeverity = 'info' | 'warning' | 'error';

/** Something noticed about the data. Codes are stable, kebab-case, and listed in docs/findings.md. */
export interface Finding {
  /** Such as `bbox-negative` or `duplicate-annotation-id`. */
  readonly code: string;
  readonly severity: FindingSeverity;
  /** For people, one sentence, no trailing full stop. */
  readonly message: string;
  readonly section?: string;
  /** Index of the element in its section, from 0. */
  readonly index?: number;
  readonly byteOffset?: number;
  /** Id of the record as found in the source, as text. */
  readonly id?: string;
  /** A short piece of what was found, at most 200 characters. */
  readonly sample?: string;
}

/**
 * What happens to a record with a finding: `keep` stores it as found; `repair` stores a corrected value (and keeps the
 * original in `extra`); `refuse` leaves the record out and counts it; `stop` ends the read with an error.
 */
export type FindingAction = 'keep' | 'repair' | 'refuse' | 'stop';

/** `strict` stops at the first error, `tolerant` (default) keeps all it can, `repair` corrects what has one answer. */
export type PolicyName = 'strict' | 'tolerant' | 'repair';

/** What happens to records with findings: a policy by name, and exceptions from it. */
export interface FindingPolicy {
  readonly base: PolicyName;
  /** Exceptions by finding code. */
  readonly codes?: Readonly<Record<string, FindingAction>>;
}
