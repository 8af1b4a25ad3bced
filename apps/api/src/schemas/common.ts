import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';

/** A schema of the document's components, by its `$id`. */
export function ref<S extends TSchema & { $id?: string }>(schema: S): ReturnType<typeof Type.Unsafe<Static<S>>> {
  if (schema.$id === undefined) throw new TypeError('ref: the schema has no $id');
  return Type.Unsafe<Static<S>>(Type.Ref(`${schema.$id}#`));
}

/** One of some texts. */
export function oneOf<const T extends string>(
  values: readonly T[],
  options: { readonly default?: T; readonly description?: string } = {},
) {
  return Type.Unsafe<T>({ type: 'string', enum: [...values], ...options });
}

/** Error answers, for the document; their body is a Problem. */
export function problems(...statuses: readonly number[]): Record<number, TSchema> {
  return Object.fromEntries(
    [...new Set([400, 401, 403, ...statuses, 429, 500])].map((status) => [status, problemAnswer]),
  );
}

const problemAnswer = Type.Unsafe<never>({
  description: 'Error',
  content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
});

/** A body that is not JSON. */
export function binary(description: string, ...contentTypes: readonly string[]): TSchema {
  return Type.Unsafe<unknown>({ description, content: binaryContent(...contentTypes) });
}

export function binaryContent(...contentTypes: readonly string[]): Record<string, object> {
  return Object.fromEntries(contentTypes.map((type) => [type, { schema: { type: 'string', format: 'binary' } }]));
}

/** An answer without a body. Sent as `undefined`: `null` would be written, as four bytes of JSON. */
export function empty(description: string) {
  return Type.Unsafe<undefined>({ type: 'null', description });
}
