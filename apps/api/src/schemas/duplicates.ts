import { Type } from 'typebox';
import type { Static } from 'typebox';

const Text = Type.Union([Type.String(), Type.Null()]);
const Count = Type.Integer({ minimum: 0 });

export const DuplicatesSchema = Type.Object(
  {
    hashed: Type.Integer({ description: 'Images with a content hash: only these are compared' }),
    unhashed: Count,
    groups: Type.Array(
      Type.Object({
        contentHash: Type.String(),
        leaks: Type.Boolean({ description: 'The images are in more than one split' }),
        images: Type.Array(
          Type.Object({
            key: Type.String({ description: 'Row key, as decimal text' }),
            file_name: Text,
            split: Text,
          }),
        ),
      }),
    ),
    groupsTotal: Type.Integer({ description: 'Groups, also those beyond `limit`' }),
    leaks: Type.Record(Type.String(), Type.Integer(), { description: 'Groups by the splits they join' }),
  },
  { $id: 'Duplicates', description: 'Groups of pictures that are equal byte for byte' },
);
export type Duplicates = Static<typeof DuplicatesSchema>;
