import { Type } from 'typebox';

const number = '-?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d{1,3})?';
const RANGE_PATTERN = `^(?:(?:>=|<=|>|<)?${number}|${number}\\.\\.(?:${number})?|\\.\\.${number})$`;
const COLUMN_PATTERN = `^[a-z][a-z0-9_]{0,62}\\.[a-z][a-z0-9_]{0,62}(?:>=|<=|>|<|=|:)[^\\u0000]{0,200}$`;

const names = (description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 500 }), { maxItems: 100, description }));
const range = (description: string) =>
  Type.Optional(
    Type.String({
      pattern: RANGE_PATTERN,
      maxLength: 64,
      description: `${description}: \`10..20\`, \`10..\`, \`..20\`, \`>=10\`, \`<20\` or one number`,
    }),
  );
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));

/**
 * The filter language: one parameter a condition, all of which must hold. A parameter of names may be repeated: one of
 * them must hold; a leading `!` turns a name into "none of these". Values are always bound, never part of a statement.
 */
export const filterParams = {
  id: names('Id as in the source, of the image or annotation; repeat for "or"'),
  file: names('Name of the file as listed, or its last part; repeat for "or"'),
  category: names('Name of a category; repeat for "or", `!name` for "not"'),
  supercategory: names('Name of a supercategory; `!name` for "not"'),
  split: names('Name of a split; `!name` for "not"'),
  finding: names('Code of a finding about the record; `!code` for "not"'),
  area: range('Area of an annotation in square pixels'),
  score: range('Score of a prediction'),
  width: range('Width of the image in pixels'),
  height: range('Height of the image in pixels'),
  crowd: flag('Whether an annotation is a crowd'),
  missing: flag('Whether the file of the image is missing'),
  annotated: flag('Whether the image has annotations'),
  text: Type.Optional(
    Type.String({ minLength: 1, maxLength: 500, description: 'Part of a file name or a caption' }),
  ),
  column: Type.Optional(
    Type.Array(Type.String({ pattern: COLUMN_PATTERN }), {
      maxItems: 20,
      description:
        'Column of a plugin: `namespace.name` with `=value`, `>=`, `<=`, `>`, `<` and a number, or `:` and a range',
    }),
  ),
};
