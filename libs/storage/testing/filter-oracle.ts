import type { ColumnTerm, NameSet, NumberRange, RecordFilter } from '../src/query/record-filter.js';

export interface OracleImage {
  readonly split: string | null;
  readonly fileName: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly missing: boolean;
  readonly findings: readonly string[];
  /** Of a promoted field. */
  readonly level: number | null;
  /** Of a plugin's column. */
  readonly plugin: number | null;
}

/** `image` and `category` are indices. */
export interface OracleAnnotation {
  readonly image: number | null;
  readonly category: number | null;
  readonly area: number | null;
  readonly areaDerived: number | null;
  readonly score: number | null;
  readonly crowd: boolean | null;
  readonly caption: string | null;
  readonly findings: readonly string[];
  readonly level: number | null;
  readonly plugin: number | null;
}

export interface OracleData {
  readonly images: readonly OracleImage[];
  readonly annotations: readonly OracleAnnotation[];
  readonly categories: readonly { readonly name: string; readonly supercategory: string | null }[];
}

const inRange = (value: number | null, range: NumberRange | undefined): boolean => {
  if (range === undefined) return true;
  const { min, max, minExclusive, maxExclusive } = range;
  if (min === undefined && max === undefined) return true;
  if (value === null) return false;
  const above = min === undefined || (minExclusive === true ? value > min : value >= min);
  const below = max === undefined || (maxExclusive === true ? value < max : value <= max);
  return above && below;
};
const named = (values: readonly (string | null)[], set: NameSet | undefined): boolean =>
  set === undefined ||
  ((set.anyOf.length === 0 || set.anyOf.some((name) => values.includes(name))) &&
    !set.noneOf.some((name) => values.includes(name)));
const has = (text: string | null, part: string): boolean =>
  text !== null && text.toLowerCase().includes(part.toLowerCase());

/** Indices of the records that a filter selects, by the definition of `RecordFilter`. */
export function matching(table: 'images' | 'annotations', data: OracleData, filter: RecordFilter): number[] {
  const { images, annotations, categories } = data;
  const of = (image: number): OracleAnnotation[] => annotations.filter((one) => one.image === image);
  const category = ({ category: at }: OracleAnnotation): string | null =>
    at === null ? null : (categories[at]?.name ?? null);
  const above = ({ category: at }: OracleAnnotation): string | null =>
    at === null ? null : (categories[at]?.supercategory ?? null);

  const ofAnnotation = (one: OracleAnnotation): boolean =>
    inRange(one.area ?? one.areaDerived, filter.area) &&
    inRange(one.score, filter.score) &&
    (filter.crowd === undefined || (one.crowd ?? false) === filter.crowd);
  const ofImage = (one: OracleImage): boolean =>
    named([one.split], filter.split) &&
    inRange(one.width, filter.width) &&
    inRange(one.height, filter.height) &&
    (filter.missing === undefined || one.missing === filter.missing);
  const columnIs = ({ test }: ColumnTerm, value: number | null): boolean =>
    'equals' in test ? value === test.equals : value !== null && inRange(value, test);
  const columns = (test: (term: ColumnTerm) => boolean): boolean => (filter.columns ?? []).every(test);
  const valueOf = (
    term: ColumnTerm,
    one: { readonly level: number | null; readonly plugin: number | null },
  ): number | null => (term.namespace === 'extra' ? one.level : one.plugin);

  if (table === 'annotations') {
    return indices(annotations, (one) => {
      const image = one.image === null ? undefined : images[one.image];
      const asksImage =
        (filter.split && (filter.split.anyOf.length > 0 || filter.split.noneOf.length > 0)) ?? false;
      const bounded = [filter.width, filter.height].some(
        (range) => range?.min !== undefined || range?.max !== undefined,
      );
      const imageAsked = asksImage || bounded || filter.missing !== undefined;
      return (
        ofAnnotation(one) &&
        named([category(one)], filter.category) &&
        named([above(one)], filter.supercategory) &&
        (!imageAsked || (image !== undefined && ofImage(image))) &&
        (filter.annotated === undefined || (one.image !== null) === filter.annotated) &&
        (filter.text === undefined || has(one.caption, filter.text) || has(image?.fileName ?? null, filter.text)) &&
        named(one.findings, filter.finding) &&
        columns((term) =>
          term.column === 'level_a'
            ? columnIs(term, valueOf(term, one))
            : image !== undefined && columnIs(term, valueOf(term, image)),
        )
      );
    });
  }
  return indices(images, (one, at) => {
    const own = of(at);
    const wanted = (set: NameSet | undefined): NameSet | undefined => set && { anyOf: set.anyOf, noneOf: [] };
    const bounded = [filter.area, filter.score].some(
      (range) => range?.min !== undefined || range?.max !== undefined,
    );
    const asks =
      bounded ||
      filter.crowd !== undefined ||
      (filter.category?.anyOf.length ?? 0) > 0 ||
      (filter.supercategory?.anyOf.length ?? 0) > 0;
    const met = (each: OracleAnnotation): boolean =>
      ofAnnotation(each) &&
      named([category(each)], wanted(filter.category)) &&
      named([above(each)], wanted(filter.supercategory));
    const none = (set: NameSet | undefined, values: readonly (string | null)[]): boolean =>
      named(values, set && { anyOf: [], noneOf: set.noneOf });
    return (
      ofImage(one) &&
      (!asks || own.some(met)) &&
      none(filter.category, own.map(category)) &&
      none(filter.supercategory, own.map(above)) &&
      (filter.annotated === undefined || own.length > 0 === filter.annotated) &&
      (filter.text === undefined ||
        has(one.fileName, filter.text) ||
        own.some(({ caption }) => has(caption, filter.text ?? ''))) &&
      named([...one.findings, ...own.flatMap(({ findings }) => findings)], filter.finding) &&
      columns((term) =>
        term.column === 'level_i'
          ? columnIs(term, valueOf(term, one))
          : own.some((each) => columnIs(term, valueOf(term, each))),
      )
    );
  });
}

function indices<T>(items: readonly T[], test: (item: T, at: number) => boolean): number[] {
  return items.flatMap((item, at) => (test(item, at) ? [at] : []));
}
