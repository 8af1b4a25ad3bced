import { Type } from 'typebox';
import type { Static } from 'typebox';

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: '`urn:datavis:error:` and the code' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    code: Type.String({ pattern: '^DATAVIS_[A-Z]+_[A-Z_]+$', description: 'Stable; listed in docs/errors.md' }),
    detail: Type.String({ description: 'One sentence for people' }),
    requestId: Type.String({ description: 'The `x-request-id` of the answer; the log has the same' }),
    hint: Type.Optional(Type.String({ description: 'What to do next' })),
    place: Type.Optional(
      Type.Object({
        uri: Type.Optional(Type.String()),
        byteOffset: Type.Optional(Type.Number()),
        section: Type.Optional(Type.String()),
        index: Type.Optional(Type.Number()),
        line: Type.Optional(Type.Number()),
        column: Type.Optional(Type.Number()),
      }),
    ),
    issues: Type.Optional(
      Type.Array(Type.Object({ at: Type.String({ description: 'Which input' }), message: Type.String() })),
    ),
  },
  { $id: 'Problem', description: 'An error (RFC 9457)' },
);
export type Problem = Static<typeof ProblemSchema>;
