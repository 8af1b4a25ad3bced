/** Another time than the real one. */
const OTHER_TIME_MS = 86_400_000;
/** Writes 1234.5 as 1.234,5 and i in capitals as İ. */
const OTHER_LOCALE = 'tr-TR';
const OTHER_ZONE = 'Pacific/Kiritimati';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Methods that write by a locale, with the place of the argument that names it. */
const BY_LOCALE: readonly (readonly [of: object, method: string, at: number])[] = [
  [Number.prototype, 'toLocaleString', 0],
  [BigInt.prototype, 'toLocaleString', 0],
  [Date.prototype, 'toLocaleString', 0],
  [Date.prototype, 'toLocaleDateString', 0],
  [Date.prototype, 'toLocaleTimeString', 0],
  [String.prototype, 'toLocaleUpperCase', 0],
  [String.prototype, 'toLocaleLowerCase', 0],
  [String.prototype, 'localeCompare', 1],
];
const FORMATS = ['NumberFormat', 'DateTimeFormat', 'Collator', 'PluralRules', 'ListFormat', 'Segmenter'] as const;

/** A class whose first argument is another one where none is given. */
function withDefault<C extends object>(Class: C, value: unknown): C {
  const given = (args: readonly unknown[]): unknown[] =>
    args[0] === undefined ? [value, ...args.slice(1)] : [...args];
  return new Proxy(Class, {
    construct: (target, args: unknown[]): object => {
      return Reflect.construct(target as new () => object, given(args)) as object;
    },
    apply: (target, self, args: unknown[]): unknown => {
      const call: Method = target as unknown as Method;
      return call.apply(self, given(args));
    },
  });
}

/** `Date` that stands still at another time. */
function otherDate(): DateConstructor {
  const Other = withDefault(Date, OTHER_TIME_MS);
  return new Proxy(Other, {
    get: (target, key) => (key === 'now' ? () => OTHER_TIME_MS : (Reflect.get(target, key) as unknown)),
  });
}

/** Replaces the clock, the random numbers, the time zone and the locale for as long as `work` runs. */
export async function elsewhere<R>(work: () => Promise<R>): Promise<R> {
  const undo: (() => void)[] = [];
  const replace = (of: object, key: string, value: unknown): void => {
    const before = Object.getOwnPropertyDescriptor(of, key);
    Object.defineProperty(of, key, { value, configurable: true, writable: true });
    undo.push(() => {
      if (before !== undefined) Object.defineProperty(of, key, before);
    });
  };
  const { TZ } = process.env;
  process.env.TZ = OTHER_ZONE;
  for (const [of, name, at] of BY_LOCALE) {
    const original = Reflect.get(of, name) as Method;
    replace(of, name, function (this: unknown, ...args: unknown[]) {
      while (args.length < at) args.push(undefined);
      args[at] ??= OTHER_LOCALE;
      return original.apply(this, args);
    });
  }
  for (const name of FORMATS) replace(Intl, name, withDefault(Intl[name], OTHER_LOCALE));
  replace(Math, 'random', () => 0.123);
  replace(globalThis, 'Date', otherDate());
  try {
    return await work();
  } finally {
    for (const one of undo.reverse()) one();
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  }
}
