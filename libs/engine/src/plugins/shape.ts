/** Tells of something that is not what it must be; never returns. */
export type Fail = (message: string, hint?: string) => never;
/** Looks at a value, and fails with its path where it is none of the kind. */
export type Check = (value: unknown, path: string, fail: Fail) => void;

type Fields = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value for people, in a few words. */
export function shown(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
}

export const must =
  (what: string, fits: (value: unknown) => boolean): Check =>
  (value, path, fail) => {
    if (!fits(value)) fail(`${path} is ${shown(value)}, not ${what}`);
  };

export const optional =
  (check: Check): Check =>
  (value, path, fail) => {
    if (value !== undefined) check(value, path, fail);
  };

export const listOf =
  (check: Check): Check =>
  (value, path, fail) => {
    if (!Array.isArray(value)) return fail(`${path} is ${shown(value)}, not a list`);
    for (const [index, item] of value.entries()) check(item, `${path}[${index}]`, fail);
  };

/** An object whose keys are names of any kind; `name` checks them. */
export const mapOf =
  (check: Check, name?: Check): Check =>
  (value, path, fail) => {
    if (!isObject(value)) return fail(`${path} is ${shown(value)}, not an object`);
    for (const [key, item] of Object.entries(value)) {
      name?.(key, `a name in ${path}`, fail);
      check(item, `${path}.${key}`, fail);
    }
  };

export const shapeOf =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value, path, fail) => {
    if (!isObject(value)) return fail(`${path} is ${shown(value)}, not an object`);
    for (const [key, check] of Object.entries(fields))
      check(value[key], path === '' ? key : `${path}.${key}`, fail);
  };

export const text = must('a text', (value) => typeof value === 'string');
export const named = must('a text', (value) => typeof value === 'string' && value !== '');
export const flag = must('true or false', (value) => typeof value === 'boolean');
export const method = must('a method', (value) => typeof value === 'function');
