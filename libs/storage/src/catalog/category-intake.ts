import type { Int64Column, SqlConnection, TableBatch } from '@datavis/plugin-sdk';
import { textAt } from '@datavis/plugin-sdk';
import { IdKeys } from './id-keys.js';
import { constant } from './row-columns.js';
import { nextKey } from './runs.js';
import type { RunState } from './source-spec.js';

/** A category as a file lists it. */
export interface ExpectedCategory {
  readonly id: number;
  readonly name: string | null;
  readonly supercategory: string | null;
}

/**
 * Takes the categories of a source, which wait in incoming_categories to be merged, and foretells the keys they will get,
 * so that annotations need not be written a second time for them. The link step checks every key against the truth.
 */
export class CategoryIntake {
  readonly #run: RunState;
  readonly #sourceKey: Int64Column;
  #read: ExpectedCategory[];
  #expected: readonly ExpectedCategory[];
  #keys: IdKeys | undefined;

  private constructor(run: RunState, read: ExpectedCategory[], expected: readonly ExpectedCategory[]) {
    this.#run = run;
    this.#sourceKey = constant(run.sourceKey);
    this.#read = read;
    this.#expected = expected;
  }

  /** `expected`: those that are thought to come later in the file, in their order. */
  static async open(
    connection: SqlConnection,
    run: RunState,
    expected: readonly ExpectedCategory[],
  ): Promise<CategoryIntake> {
    const read = await connection.all<{ id: bigint | null; name: string | null; supercategory: string | null }>(
      'SELECT id, name, supercategory FROM incoming_categories WHERE source_key = ? ORDER BY idx',
      [run.sourceKey],
    );
    const known = read.map(({ id, ...rest }) => ({ id: Number(id ?? NaN), ...rest }));
    return new CategoryIntake(run, known, expected);
  }

  async append(
    connection: SqlConnection,
    { columns, length }: TableBatch<'categories'>,
    onCopied?: () => void,
  ): Promise<void> {
    const { index, ...rest } = columns;
    for (let row = 0; row < length; row++) {
      const id = Number(columns.id.values[row] ?? NaN);
      this.#read.push({ id, name: textAt(columns.name, row), supercategory: textAt(columns.supercategory, row) });
    }
    this.#keys = undefined;
    const record = { ...rest, idx: index, source_key: this.#sourceKey };
    await connection.append('incoming_categories', record, length, onCopied);
  }

  /** `category_key` of annotations; undefined where no category is known. */
  async resolve(connection: SqlConnection, ids: Int64Column, rows: number): Promise<Int64Column | undefined> {
    this.#keys ??= await this.#foretell(connection);
    return this.#keys.resolve(ids, rows);
  }

  /** As the merge will have it: the nth of a name is the dataset's nth of that name, others are new. */
  async #foretell(connection: SqlConnection): Promise<IdKeys> {
    const keys = new IdKeys();
    const coming = this.#read.length > 0 ? this.#read : this.#expected;
    if (coming.length === 0) return keys;
    const known = await connection.all<{ key: bigint; name: string | null; supercategory: string | null }>(
      'SELECT category_key AS key, name, supercategory FROM categories WHERE dataset_key = ? ORDER BY category_key',
      [this.#run.datasetKey],
    );
    const same = (of: Omit<ExpectedCategory, 'id'>): string => JSON.stringify([of.name, of.supercategory]);
    const byName = new Map<string, number[]>();
    for (const one of known) byName.set(same(one), [...(byName.get(same(one)) ?? []), Number(one.key)]);
    let next = Number(await nextKey(connection, 'categories', 'category_key'));
    for (const one of coming) {
      const key = byName.get(same(one))?.shift() ?? next++;
      if (one.id === (one.id | 0)) keys.add(one.id, key);
    }
    return keys;
  }
}
