import { HOOKS } from '@datavis/plugin-sdk';
import {
  flag,
  listOf,
  mapOf,
  method,
  must,
  named,
  optional,
  shapeOf,
  text,
  type Check,
  type Fail,
} from './shape.js';

/** Standard Schema: an object, or a function as arktype makes them. */
const schema = must(
  'a Standard Schema (zod, valibot, arktype …)',
  (value) =>
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { '~standard'?: { validate?: unknown } })['~standard']?.validate === 'function',
);

const scheme = must(
  'a scheme such as "s3"',
  (value) => typeof value === 'string' && /^[a-z][a-z0-9+.-]*$/.test(value),
);

/** What the command line takes for the name of an operation. */
const operationName = must(
  'a name of letters, digits, - and _',
  (value) => typeof value === 'string' && /^[A-Za-z][\w-]*$/.test(value),
);

const FIELD_TYPES: readonly unknown[] = ['string', 'number', 'boolean'];
const field = shapeOf({
  type: must('"string", "number" or "boolean"', (value) => FIELD_TYPES.includes(value)),
  description: optional(text),
  required: optional(flag),
});

const migrations: Check = (value, path, fail) => {
  listOf(shapeOf({ id: named, up: text }))(value, path, fail);
  const ids = (value as readonly { readonly id: string }[]).map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) fail(`${path} has "${twice}" twice`, 'Each migration has an id of its own.');
};

const tablesOf = (check: Check): Check => optional(mapOf(optional(check)));

const definition = shapeOf({
  version: optional(text),
  namespace: optional(text),
  description: optional(text),
  config: optional(schema),
  // What a column says is checked with its name and table, see check-definition.ts.
  columns: tablesOf(mapOf(must('a type or an object with one', (value) => value !== null && value !== undefined))),
  reads: tablesOf(listOf(text)),
  rewrites: tablesOf(listOf(text)),
  order: optional(must('"pre" or "post"', (value) => value === 'pre' || value === 'post')),
  requires: optional(listOf(named)),
  optional: optional(listOf(named)),
  migrations: optional(migrations),
  storage: optional(listOf(shapeOf({ scheme, open: method }))),
  importers: optional(
    listOf(
      shapeOf({
        format: named,
        description: optional(text),
        imageRoot: optional(text),
        detect: optional(method),
        read: method,
      }),
    ),
  ),
  operations: optional(
    mapOf(
      shapeOf({
        title: named,
        description: optional(text),
        input: schema,
        fields: optional(mapOf(field)),
        mutates: optional(flag),
        run: method,
      }),
      operationName,
    ),
  ),
  capabilities: optional(listOf(text)),
});

/** Whether a definition is made of what the contract says: before anything of it is used. */
export function checkShape(value: object, fail: Fail): void {
  definition(value, '', fail);
  for (const hook of Object.keys(HOOKS)) {
    const found: unknown = Reflect.get(value, hook);
    if (found !== undefined && typeof found !== 'function') fail(`${hook} is no method`, `Write: ${hook}(…) { … }`);
  }
}
