import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';

// Fields of records are named as in COCO and in the database (snake_case); what the API adds is camelCase.

const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const Text = orNull(Type.String());
const Num = orNull(Type.Number());
const Key = Type.String({ description: 'Row key, as decimal text' });
/** A source id exactly: a number where JSON readers keep it exact, else its decimal text; text where the source has text. */
const SourceId = Type.Union([Type.Integer(), Type.String(), Type.Null()]);
/** Whatever JSON the source held. */
const Json = Type.Unsafe<unknown>({ description: 'As found in the source' });

export const DatasetSchema = Type.Object(
  {
    name: Type.String(),
    rootUri: Text,
    createdAt: Type.String(),
    splits: Type.Array(Type.String()),
    counts: Type.Object({ images: Type.Integer(), annotations: Type.Integer(), categories: Type.Integer() }),
  },
  { $id: 'Dataset' },
);
export type Dataset = Static<typeof DatasetSchema>;

const PluginValues = Type.Optional(
  Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown()), {
    description: 'Columns of plugins: `{ namespace: { column: value } }`. Not in NDJSON and Arrow answers',
  }),
);

export const ImageSchema = Type.Object(
  {
    key: Key,
    split: Text,
    id: SourceId,
    file_name: Text,
    width: Num,
    height: Num,
    license: Num,
    coco_url: Text,
    flickr_url: Text,
    date_captured: Text,
    extra: Json,
    media: Type.Object({
      state: Type.String({ description: '`found`, `missing` or `unknown`' }),
      sizeBytes: Num,
      storedWidth: Num,
      storedHeight: Num,
      orientation: Num,
    }),
    urls: Type.Object({ self: Type.String(), media: Type.String(), thumbnail: Type.String() }),
    plugins: PluginValues,
  },
  { $id: 'Image' },
);
export type Image = Static<typeof ImageSchema>;

export const AnnotationSchema = Type.Object(
  {
    key: Key,
    imageKey: orNull(Key),
    categoryKey: orNull(Key),
    category: Text,
    id: SourceId,
    image_id: SourceId,
    category_id: SourceId,
    bbox: orNull(
      Type.Array(Type.Number(), { minItems: 4, maxItems: 4, description: '[x, y, width, height] in pixels' }),
    ),
    area: Num,
    iscrowd: orNull(Type.Boolean()),
    segmentation: Type.Unsafe<unknown>({
      description: 'Polygons, or run-length encoding with `counts` and `size`',
    }),
    keypoints: orNull(Type.Array(Type.Number())),
    num_keypoints: Num,
    caption: Text,
    score: Num,
    segments_info: Json,
    extra: Json,
    plugins: PluginValues,
  },
  { $id: 'Annotation' },
);
export type Annotation = Static<typeof AnnotationSchema>;

export const CategorySchema = Type.Object(
  {
    key: Key,
    id: SourceId,
    name: Text,
    supercategory: Text,
    keypoints: Json,
    skeleton: Json,
    extra: Json,
  },
  { $id: 'Category' },
);
export type Category = Static<typeof CategorySchema>;

export const FindingSchema = Type.Object(
  {
    code: Type.String({ description: 'Listed in docs/findings.md' }),
    severity: Type.String(),
    message: Type.String(),
    source: Text,
    section: Text,
    index: Num,
    byteOffset: Num,
    id: Text,
    sample: Text,
  },
  { $id: 'Finding' },
);
export type Finding = Static<typeof FindingSchema>;

const Count = Type.Integer({ minimum: 0 });

const Aspects = Type.Object({ tall: Count, even: Count, wide: Count, unknown: Count });

export const StatsSchema = Type.Object(
  {
    images: Type.Object({
      total: Count,
      missing: Count,
      empty: Type.Integer({ description: 'Without annotations' }),
    }),
    annotations: Type.Object({ total: Count, crowd: Count }),
    categories: Type.Array(
      Type.Object({ key: Key, name: Text, supercategory: Text, annotations: Count, images: Count }),
    ),
    sizes: Type.Object(
      { small: Count, medium: Count, large: Count, unknown: Count },
      { description: 'Areas as COCO cuts them: below 32 x 32, below 96 x 96, larger' },
    ),
    aspects: Type.Object(
      { images: Aspects, boxes: Aspects },
      { description: 'By width / height: below 2/3, up to 3/2, above; `unknown` without a positive size' },
    ),
  },
  { $id: 'Stats' },
);
export type Stats = Static<typeof StatsSchema>;

const Hint = Type.String({
  description: 'Only where nothing was found: which names of the filter the dataset does not have',
});

/** A page of what a filter finds. */
export function filteredPageOf<S extends TSchema>(items: S) {
  return Type.Object({ ...pageOf(items).properties, hint: Type.Optional(Hint) });
}

/** A page and the way to the next one. */
export function pageOf<S extends TSchema>(items: S) {
  return Type.Object({
    items: Type.Array(items),
    next: orNull(Type.String({ description: 'Pass as `cursor` for the next page; null at the end' })),
  });
}
