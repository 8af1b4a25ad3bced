import { Type } from 'typebox';
import type { Static } from 'typebox';
import { filterParams } from '../filter/filter-params.js';
import { oneOf } from '../schemas/common.js';
import { THUMBNAIL_SIZES, type ThumbnailSize } from '../schemas/params.js';
import { parseFilter } from '@datavis/storage';
import type { PageRequest, RecordRequest } from '@datavis/storage';

export const cursorParam = Type.Optional(
  Type.String({ minLength: 1, maxLength: 1000, description: '`next` of the page before' }),
);

export function limitParam(maximum: number, byDefault: number) {
  return Type.Optional(Type.Integer({ minimum: 1, maximum, default: byDefault, description: 'Rows on a page' }));
}

const common = { ...filterParams, limit: limitParam(1000, 100), cursor: cursorParam };

export const ImageQuery = Type.Object(
  {
    ...common,
    sort: Type.Optional(
      oneOf(['key', '-key', 'file_name', '-file_name', 'width', '-width', 'height', '-height'], {
        default: 'key',
        description: '`-` for descending',
      }),
    ),
    include: Type.Optional(oneOf(['annotations'], { description: 'Annotations within each image' })),
    prefetch: Type.Optional(
      Type.Unsafe<ThumbnailSize>({
        type: 'integer',
        enum: [...THUMBNAIL_SIZES],
        description: 'Thumbnails of this size of the images on the page are made ahead',
      }),
    ),
  },
  { additionalProperties: false },
);

export const AnnotationQuery = Type.Object(
  {
    ...common,
    sort: Type.Optional(
      oneOf(['key', '-key', 'area', '-area', 'score', '-score'], {
        default: 'key',
        description: '`-` for descending',
      }),
    ),
  },
  { additionalProperties: false },
);

/** The page that a query string asks for. */
export function pageQuery(
  query: Static<typeof AnnotationQuery> | Static<typeof ImageQuery>,
): RecordRequest & PageRequest {
  const { limit = 100, cursor, sort, ...filter } = query;
  return {
    filter: parseFilter(filter),
    limit,
    ...(cursor !== undefined && { cursor }),
    ...(sort !== undefined && { sort }),
  };
}
