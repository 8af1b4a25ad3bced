import type { PluginEntry } from '@datavis/plugin-sdk';
import type { CocoFixture } from '../fixture.js';

/** What the checks need to know of a plugin. */
export interface ConformanceOptions {
  /** Options of the plugin for all checks. Default: none, so the defaults of its schema. */
  readonly options?: unknown;
  /** Options that the plugin's schema must refuse. Default: a number in place of the options. */
  readonly badOptions?: unknown;
  /** Names of checks to leave out. Said aloud. */
  readonly skip?: readonly string[];
  /** Default: `cocoFixture({ images: 60, hard: true })`. */
  readonly fixture?: CocoFixture;
  /** Folder of the package, with package.json and its build. Without it the checks of the package are left out. */
  readonly packageFolder?: string;
  /** Memory that may grow for each row over 200,000 rows. Default 64 bytes. */
  readonly maxBytesPerRow?: number;
}

/** What a check works on. */
export interface Subject {
  /** The plugin as it was passed, with the options. */
  readonly entry: PluginEntry;
  readonly plugin: PluginEntry;
  readonly options: ConformanceOptions;
  readonly fixture: CocoFixture;
  /** For people: what a check measured. */
  note(this: void, message: string): void;
}

/** One requirement. Give `name` and `run` to any test runner. */
export interface ConformanceCheck {
  /** Stable, kebab-case. */
  readonly name: string;
  readonly title: string;
  /** Set where the check cannot run here: report it as skipped, with this reason. */
  readonly skip?: string | undefined;
  run(): Promise<void>;
}

export interface CheckSpec {
  readonly name: string;
  readonly title: string;
  /** Needs `packageFolder`. */
  readonly ofPackage?: boolean;
  run(subject: Subject): Promise<void>;
}
