import { Type } from 'typebox';

export const SnapshotSchema = Type.Object(
  {
    name: Type.String(),
    bytes: Type.Integer(),
    createdAt: Type.String({ format: 'date-time' }),
    url: Type.String({ description: 'The file' }),
  },
  { $id: 'Snapshot' },
);
