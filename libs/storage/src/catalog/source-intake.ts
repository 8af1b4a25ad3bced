import type { CocoBatch, Column, Finding, SqlConnection, TableBatch } from '@datavis/plugin-sdk';
import { CategoryIntake, type ExpectedCategory } from './category-intake.js';
import { ImageIntake } from './image-intake.js';
import { constant, constantText, dense } from './row-columns.js';
import { nextKey } from './runs.js';
import { SeenIds } from './seen-ids.js';
import type { RunState } from './source-spec.js';

/** Tables whose ids are looked at as they pass by. */
const WATCHED = ['images', 'annotations'] as const;
export type UniqueIds = (typeof WATCHED)[number];

/** Turns the batches of a source into rows of the catalog's tables, and knows of those that went before. */
export class SourceIntake {
  readonly #images: ImageIntake;
  readonly #categories: CategoryIntake;
  /** Undefined where an earlier attempt stored rows that were not seen here. */
  readonly #ids: Readonly<Record<UniqueIds, SeenIds>> | undefined;
  readonly #keys: Readonly<Record<'source_key' | 'dataset_key', Column>>;
  #nextAnnotationKey: bigint;
  #findings: Finding[] = [];

  private constructor(
    run: RunState,
    images: ImageIntake,
    categories: CategoryIntake,
    ids: Readonly<Record<UniqueIds, SeenIds>> | undefined,
    nextAnnotationKey: bigint,
  ) {
    this.#images = images;
    this.#categories = categories;
    this.#ids = ids;
    this.#nextAnnotationKey = nextAnnotationKey;
    this.#keys = { source_key: constant(run.sourceKey), dataset_key: constant(run.datasetKey) };
  }

  /** Inside of a transaction in which the source is stored. `isNew`: no attempt before this one stored rows. */
  static async open(
    connection: SqlConnection,
    run: RunState,
    { expected, isNew }: { readonly expected: readonly ExpectedCategory[]; readonly isNew: boolean },
  ): Promise<SourceIntake> {
    return new SourceIntake(
      run,
      await ImageIntake.open(connection, run),
      await CategoryIntake.open(connection, run, expected),
      isNew ? { images: new SeenIds(), annotations: new SeenIds() } : undefined,
      await nextKey(connection, 'annotations', 'annotation_key'),
    );
  }

  /** Tables all of whose ids were seen, and differ. */
  get uniqueIds(): readonly UniqueIds[] {
    return WATCHED.filter((table) => this.#ids?.[table].areUnique === true);
  }

  /** Findings of the batches since the last call. */
  takeFindings(): readonly Finding[] {
    return this.#findings.splice(0);
  }

  /** Returns the annotation_key of the batch's first row (of the next one, for other tables). */
  async append(connection: SqlConnection, batch: CocoBatch, onCopied?: () => void): Promise<bigint> {
    const { length } = batch;
    const firstKey = this.#nextAnnotationKey;
    this.#findings.push(...batch.findings);
    if (length === 0) return firstKey;
    if (batch.table === 'images') {
      this.#ids?.images.addAll(batch.columns.id, length);
      await this.#images.append(connection, batch, onCopied);
    } else if (batch.table === 'annotations') await this.#appendAnnotations(connection, batch, onCopied);
    else if (batch.table === 'categories') await this.#categories.append(connection, batch, onCopied);
    else {
      const { source_key } = this.#keys;
      const { index, ...rest } = batch.columns;
      const columns = { ...rest, idx: index, source_key };
      const section = constantText(batch.section, length);
      await connection.append('records', { ...columns, section }, length, onCopied);
    }
    return firstKey;
  }

  async #appendAnnotations(
    connection: SqlConnection,
    { columns, length }: TableBatch<'annotations'>,
    onCopied?: () => void,
  ): Promise<void> {
    const { index, ...rest } = columns;
    const annotation_key = dense(this.#nextAnnotationKey, length);
    const image_key = this.#images.resolve(columns.image_id, length);
    const category_key = await this.#categories.resolve(connection, columns.category_id, length);
    this.#ids?.annotations.addAll(columns.id, length);
    this.#nextAnnotationKey += BigInt(length);
    await connection.append(
      'annotations',
      {
        ...rest,
        ...this.#keys,
        idx: index,
        annotation_key,
        ...(image_key && { image_key }),
        ...(category_key && { category_key }),
      },
      length,
      onCopied,
    );
  }
}
