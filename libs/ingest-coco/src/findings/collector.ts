import type { Finding, FindingAction, FindingPolicy, InputPlace } from '@datavis/plugin-sdk';
import { IngestError } from '../errors.js';
import type { FindingRule } from './rules.js';

const MAX_SAMPLE_CHARS = 200;

/** Where a finding is, and a piece of what was found there. */
export interface FindingPlace {
  readonly section?: string;
  readonly index?: number;
  readonly byteOffset: number;
  readonly id?: string | undefined;
  readonly sample?: string | undefined;
}

/** Counts findings exactly, keeps the first few of each code, and knows what the policy does with each. */
export class FindingCollector {
  readonly counts: Record<string, number>;
  #pending: Finding[] = [];
  readonly #policy: FindingPolicy;
  readonly #maxSamples: number;

  constructor(policy: FindingPolicy, maxSamples: number, counts: Readonly<Record<string, number>>) {
    this.#policy = policy;
    this.#maxSamples = maxSamples;
    this.counts = { ...counts };
  }

  actionFor(rule: FindingRule): FindingAction {
    const { base, codes } = this.#policy;
    const chosen = codes?.[rule.code];
    if (chosen !== undefined) return chosen;
    if (base === 'strict' && rule.severity === 'error') return 'stop';
    return rule.tolerant ?? (base === 'repair' && rule.repairable === true ? 'repair' : 'keep');
  }

  /** Bits of the rules that are met with `action`. */
  mask(rules: readonly FindingRule[], action: FindingAction): number {
    return rules.reduce((mask, rule, bit) => (this.actionFor(rule) === action ? mask | (1 << bit) : mask), 0);
  }

  /** Counts a finding; `placeOf` is asked only while samples of its code are kept. */
  add(rule: FindingRule, placeOf: (rule: FindingRule) => FindingPlace): void {
    const count = this.counts[rule.code] ?? 0;
    this.counts[rule.code] = count + 1;
    if (count >= this.#maxSamples) return;
    const { section, index, byteOffset, id, sample } = placeOf(rule);
    this.#pending.push({
      code: rule.code,
      severity: rule.severity,
      message: rule.message,
      ...(section !== undefined && { section }),
      ...(index !== undefined && { index }),
      byteOffset,
      ...(id !== undefined && { id }),
      ...(sample !== undefined && { sample: sample.slice(0, MAX_SAMPLE_CHARS) }),
    });
  }

  /** The findings since the last call. */
  take(): Finding[] {
    const findings = this.#pending;
    this.#pending = [];
    return findings;
  }

  stop(rule: FindingRule, found: FindingPlace): never {
    const { section, index, byteOffset } = found;
    const place: InputPlace = {
      byteOffset,
      ...(section !== undefined && { section }),
      ...(index !== undefined && { index }),
    };
    throw new IngestError('DATAVIS_INGEST_STOPPED', `${rule.message} (${rule.code}), at byte ${byteOffset}`, {
      place,
      hint: `Correct the file, or let the policy keep ${rule.code}.`,
    });
  }
}
