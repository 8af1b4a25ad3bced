import { queryError } from './errors.js';
import type { ColumnTerm, NameSet, NumberRange, RecordFilter } from './record-filter.js';

/** The filter language as words: what stands in a query string or on a command line. */
export interface FilterWords {
  /** Ids as in the source, whole: of the image, or of the annotation. */
  readonly id?: readonly string[] | undefined;
  /** Names of files as listed, or their last parts. */
  readonly file?: readonly string[] | undefined;
  /** Names; a leading `!` excludes. */
  readonly category?: readonly string[] | undefined;
  readonly supercategory?: readonly string[] | undefined;
  readonly split?: readonly string[] | undefined;
  readonly finding?: readonly string[] | undefined;
  /** `10..20`, `10..`, `..20`, `>=10`, `<20` or one number. */
  readonly area?: string | undefined;
  readonly score?: string | undefined;
  readonly width?: string | undefined;
  readonly height?: string | undefined;
  readonly crowd?: boolean | undefined;
  readonly missing?: boolean | undefined;
  readonly annotated?: boolean | undefined;
  readonly text?: string | undefined;
  /** `namespace.name` with `=value`, `>=1`, `<1`, or `:` and a range. */
  readonly column?: readonly string[] | undefined;
}

const lists = ['id', 'file', 'category', 'supercategory', 'split', 'finding', 'column'] as const;
const flags = ['crowd', 'missing', 'annotated'] as const;
const texts = ['area', 'score', 'width', 'height', 'text'] as const;

/**
 * Arguments such as `category=dog area=10..20 crowd=false` as words.
 *
 * @throws `DATAVIS_CATALOG_FILTER` that names the argument.
 *
 * @example
 * ```ts
 * import { filterWords, parseFilter } from '@datavis/storage';
 *
 * parseFilter(filterWords(['category=dog', 'category=!cat', 'area=>=1024']));
 * ```
 */
export function filterWords(args: readonly string[]): FilterWords {
  const words: Record<string, string | boolean | string[]> = {};
  for (const arg of args) {
    const [, name = '', value = ''] = /^([a-z]+)=(.+)$/su.exec(arg) ?? refuse(arg, 'is not name=value');
    if (isOneOf(lists, name)) words[name] = [...((words[name] as string[] | undefined) ?? []), value];
    else if (name in words) refuse(arg, 'is given twice');
    else if (isOneOf(texts, name)) words[name] = value;
    else if (!isOneOf(flags, name))
      refuse(arg, `is no condition; there are ${[...lists, ...texts, ...flags].join(', ')}`);
    else if (value === 'true' || value === 'false') words[name] = value === 'true';
    else refuse(arg, 'must be true or false');
  }
  return words;
}

/** @throws `DATAVIS_CATALOG_FILTER` that names the word. */
export function parseFilter(words: FilterWords): RecordFilter {
  const names = (values: readonly string[] | undefined) => values && parseNames(values);
  const range = (text: string | undefined) => (text === undefined ? undefined : parseRange(text));
  return withoutUndefined({
    id: words.id,
    file: words.file,
    category: names(words.category),
    supercategory: names(words.supercategory),
    split: names(words.split),
    finding: names(words.finding),
    area: range(words.area),
    score: range(words.score),
    width: range(words.width),
    height: range(words.height),
    crowd: words.crowd,
    missing: words.missing,
    annotated: words.annotated,
    text: words.text,
    columns: words.column?.map(parseColumn),
  });
}

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function parseRange(text: string): NumberRange {
  const dots = text.indexOf('..');
  if (dots >= 0) {
    const [from, to] = [text.slice(0, dots), text.slice(dots + 2)];
    if (from === '' && to === '') refuse(text, 'has no bound');
    const range = { ...(from !== '' && { min: toNumber(from) }), ...(to !== '' && { max: toNumber(to) }) };
    if ((range.min ?? -Infinity) > (range.max ?? Infinity)) refuse(text, 'ends before it begins');
    return range;
  }
  const [, operator, digits = ''] = /^(>=|<=|>|<)?(.*)$/su.exec(text) ?? [];
  const value = toNumber(digits);
  if (operator === '>=') return { min: value };
  if (operator === '<=') return { max: value };
  if (operator === '>') return { min: value, minExclusive: true };
  if (operator === '<') return { max: value, maxExclusive: true };
  return { min: value, max: value };
}

function parseNames(values: readonly string[]): NameSet {
  const excludes = (value: string): boolean => value.startsWith('!') && value.length > 1;
  return {
    anyOf: values.filter((value) => !excludes(value)),
    noneOf: values.filter(excludes).map((value) => value.slice(1)),
  };
}

function parseColumn(text: string): ColumnTerm {
  const [, namespace = '', column = '', operator = '', value = ''] =
    /^([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)(>=|<=|>|<|=|:)(.*)$/su.exec(text) ??
    refuse(text, 'is not namespace.name with an operator and a value');
  if (operator === ':') return { namespace, column, test: parseRange(value) };
  if (operator !== '=') return { namespace, column, test: parseRange(operator + value) };
  if (value === 'true' || value === 'false') return { namespace, column, test: { equals: value === 'true' } };
  return { namespace, column, test: { equals: isExact(value) ? toNumber(value) : value } };
}

/** Whether a double has all digits of a number. An integer that it has not is compared as a text, digit by digit. */
function isExact(text: string): boolean {
  return NUMBER.test(text) && (!/^-?\d+$/.test(text) || Number.isSafeInteger(Number(text)));
}

function toNumber(text: string): number {
  const value = NUMBER.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? value : refuse(text, 'is no number');
}

function refuse(text: string, why: string): never {
  throw queryError('DATAVIS_CATALOG_FILTER', `${JSON.stringify(text.slice(0, 100))} ${why}`);
}

function isOneOf<T extends string>(list: readonly T[], value: string): value is T {
  return (list as readonly string[]).includes(value);
}

export function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
