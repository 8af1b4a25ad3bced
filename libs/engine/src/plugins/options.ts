import { createHash } from 'node:crypto';
import type { PluginDefinition, PluginSettings, SchemaIssue } from '@datavis/plugin-sdk';
import { messageOf, PluginError, type PluginErrorCode } from './errors.js';
import { didYouMean } from './features.js';
import { SETUP_DEADLINE_MS, SLOW_NOTICE_MS, waitFor } from './patience.js';
import { flag, isObject, must, optional, shown, type Check } from './shape.js';

/** How a value is held against a schema of a plugin. */
export interface Parsing {
  readonly plugin: string;
  /** Such as `the schema of its options`. */
  readonly what: string;
  /** Of an error that is the schema's own. */
  readonly code: PluginErrorCode;
  /** The error for issues, which are given as one text. */
  readonly refused: (issues: string) => PluginError;
  readonly notice: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Values by a Standard Schema; issues become one error with their paths. The schema is the plugin's code: what it throws,
 * or gives that is no result, is an error with the plugin's name, and it cannot hang.
 */
export async function parseWith(
  schema: NonNullable<PluginDefinition['config']>,
  value: unknown,
  parsing: Parsing,
): Promise<unknown> {
  const { plugin, what, code, refused, notice, signal } = parsing;
  const broken = (message: string, cause?: unknown): PluginError =>
    new PluginError(code, `${plugin}: ${what} ${message}`, { plugin, ...(cause !== undefined && { cause }) });
  let result: unknown;
  try {
    result = await waitFor(Promise.resolve(schema['~standard'].validate(value)), {
      what: `${plugin}, ${what},`,
      notice,
      slowNoticeMs: SLOW_NOTICE_MS,
      deadlineMs: SETUP_DEADLINE_MS,
      tooLate: (message) => new PluginError('DATAVIS_PLUGIN_TIMEOUT', message, { plugin }),
      signal,
    });
  } catch (error) {
    if (error instanceof PluginError || (signal?.aborted === true && error === signal.reason)) throw error;
    throw broken(`failed: ${messageOf(error)}`, error);
  }
  if (!isObject(result)) throw broken(`gave ${shown(result)}, no result of Standard Schema`);
  const { issues } = result;
  if (issues === undefined && 'value' in result) return result['value'];
  if (!Array.isArray(issues)) throw broken('gave neither a value nor issues');
  throw refused(issues.map(issueText).join('; '));
}

function issueText(issue: SchemaIssue): string {
  const keys = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part));
  return (keys.length === 0 ? '' : `${keys.join('.')}: `) + issue.message;
}

/** SHA-256 of parsed options: another one, and the plugin's columns are computed anew. */
export function hashOfConfig(plugin: string, config: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(config ?? null, (_, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item));
  } catch (error) {
    throw new PluginError('DATAVIS_PLUGIN_CONFIG', `${plugin}: its options are no JSON data: ${messageOf(error)}`, {
      plugin,
      cause: error,
    });
  }
  return createHash('sha256').update(text).digest('hex');
}

const MAX_TIMER_MS = 2 ** 31 - 1;

const SETTINGS: Readonly<Record<keyof PluginSettings, Check>> = {
  options: () => undefined,
  enabled: optional(flag),
  // Which policies there are: see check-definition.ts.
  onFailure: () => undefined,
  required: optional(flag),
  rank: optional(must('a number', (value) => Number.isFinite(value))),
  deadlineMs: optional(
    must(`a number from 1 to ${MAX_TIMER_MS}`, (value) => {
      return typeof value === 'number' && value >= 1 && value <= MAX_TIMER_MS;
    }),
  ),
};

/**
 * What a config says of a plugin. A name that nothing knows is mostly an option that was not put into `options`, and would
 * be passed over in silence.
 */
export function checkSettings(plugin: string, settings: PluginSettings): void {
  const fail = (message: string, hint?: string): never => {
    const error = `${plugin}: ${message}`;
    throw new PluginError('DATAVIS_PLUGIN_CONFIG', error, { plugin, ...(hint !== undefined && { hint }) });
  };
  const known = Object.keys(SETTINGS);
  for (const key of Object.keys(settings)) {
    if (known.includes(key)) continue;
    const close = didYouMean(key, known);
    const hint = `Options of a plugin go into options: { options: { ${key}: … } }.`;
    fail(`there is no setting "${key}"`, close === undefined ? hint : `Did you mean "${close}"? ${hint}`);
  }
  for (const [key, check] of Object.entries(SETTINGS)) check(Reflect.get(settings, key), key, fail);
}

/** What a user has to know of options that nothing checks. */
export function uncheckedOptions(plugin: string, definition: PluginDefinition, options: unknown): string[] {
  if (definition.config !== undefined) return [];
  const names = isObject(options) ? Object.keys(options) : [shown(options)];
  if (names.length === 0) return [];
  return [`${plugin} declares no config: its options (${names.join(', ')}) are passed on unchecked`];
}
