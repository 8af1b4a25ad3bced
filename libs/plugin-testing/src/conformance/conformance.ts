import type { PluginEntry } from '@datavis/plugin-sdk';
import { cocoFixture } from '../fixture.js';
import { runnerOf, type Runner } from '../runner.js';
import type { CheckSpec, ConformanceCheck, ConformanceOptions, Subject } from './check.js';
import { bufferChecks } from './buffer-checks.js';
import { dataChecks } from './data-checks.js';
import { definitionChecks } from './definition-checks.js';
import { faultChecks } from './fault-checks.js';
import { packageChecks } from './package-checks.js';

const SPECS: readonly CheckSpec[] = [
  ...definitionChecks,
  ...dataChecks,
  ...bufferChecks,
  ...faultChecks,
  ...packageChecks,
];

/** Every check, for any runner: `datavis plugin check` and {@link conformance} go through this list. */
export function conformanceChecks(
  plugin: PluginEntry,
  options: ConformanceOptions = {},
  note: (check: string, message: string) => void = () => undefined,
): readonly ConformanceCheck[] {
  const entry =
    options.options === undefined ? plugin : ([plugin, { options: options.options }] as unknown as PluginEntry);
  const fixture = options.fixture ?? cocoFixture({ images: 60, hard: true });
  return SPECS.map((spec) => ({
    name: spec.name,
    title: spec.title,
    skip: skipReason(spec, options),
    run: () => {
      const subject: Subject = {
        entry,
        plugin,
        options,
        fixture,
        note: (message) => {
          note(spec.name, message);
        },
      };
      return spec.run(subject);
    },
  }));
}

function skipReason({ name, ofPackage = false }: CheckSpec, options: ConformanceOptions): string | undefined {
  if (options.skip?.includes(name) === true) return 'left out by the caller';
  return ofPackage && options.packageFolder === undefined ? 'needs packageFolder' : undefined;
}

/**
 * What every published plugin should pass, as tests of your runner.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test';
 * import { definePlugin } from '@datavis/plugin-sdk';
 * import { conformance } from '@datavis/plugin-testing';
 *
 * conformance(definePlugin({ name: 'nothing', version: '1.0.0' }), {}, { describe, it });
 * ```
 */
export function conformance(plugin: PluginEntry, options: ConformanceOptions = {}, runner?: Runner): void {
  const { describe, it } = runnerOf(runner);
  describe('conformance', () => {
    for (const check of conformanceChecks(plugin, options)) {
      if (check.skip === undefined) it(`${check.name}: ${check.title}`, () => check.run());
    }
  });
}
