/** One statement, as it was written and with what could be taken for SQL blanked out, character by character. */
interface Statement {
  readonly sql: string;
  readonly bare: string;
}

const READS: readonly string[] = ['select', 'from', 'values', 'describe', 'summarize', 'pivot', 'unpivot'];
const WRITES: readonly string[] = ['insert', 'update', 'delete', 'merge', 'truncate', 'create', 'alter', 'drop'];

const NAME = '(?:"[^"]*"|[A-Za-z_]\\w*)';
/** What comes before the name of the table (view, …) that a statement changes. */
const BEFORE_TARGET = [
  'insert\\s+(?:or\\s+\\w+\\s+)?into',
  'update',
  'delete\\s+from',
  'merge\\s+into',
  'truncate(?:\\s+table)?',
  'alter\\s+(?:table|view|sequence)(?:\\s+if\\s+exists)?',
  'drop\\s+(?:table|view|index|sequence|type|(?:macro|function)(?:\\s+table)?)(?:\\s+if\\s+exists)?',
  'create\\s+(?:or\\s+replace\\s+)?(?:table|view|sequence|type|macro|function)(?:\\s+if\\s+not\\s+exists)?',
  `create\\s+(?:unique\\s+)?index(?:\\s+if\\s+not\\s+exists)?\\s+${NAME}\\s+on`,
].join('|');
const TARGET = new RegExp(`(?:${BEFORE_TARGET})\\s+(${NAME}(?:\\s*\\.\\s*${NAME})*)`, 'iy');

const NOT_SQL = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$/g;

/** Comments as blanks; texts and quoted names as quotes around `x`, so that no word and no semicolon in them counts. */
function bareOf(sql: string): string {
  return sql.replace(NOT_SQL, (part) => {
    if (part.startsWith('-') || part.startsWith('/')) return ' '.repeat(part.length);
    const quote = part.startsWith('"') ? '"' : "'";
    return quote + 'x'.repeat(part.length - 2) + quote;
  });
}

function statementsOf(sql: string): Statement[] {
  let at = 0;
  return bareOf(sql)
    .split(';')
    .map((bare): Statement => {
      const start = at;
      at += bare.length + 1;
      return { sql: sql.slice(start, start + bare.length), bare };
    })
    .filter(({ bare }) => bare.trim() !== '');
}

/** The word that says what a statement does, and where it is: behind WITH and EXPLAIN, and outside of all parentheses. */
function verbOf({ bare }: Statement): { readonly verb: string; readonly at: number } | undefined {
  let depth = 0;
  let isWrapped = false;
  for (const { 0: word, index } of bare.matchAll(/[()]|"x*"|[A-Za-z_]\w*/g)) {
    if (word === '(') depth++;
    else if (word === ')') depth--;
    else if (depth === 0) {
      const verb = word.toLowerCase();
      if (READS.includes(verb) || WRITES.includes(verb)) return { verb, at: index };
      if (!isWrapped && verb !== 'with' && verb !== 'explain') return undefined;
      isWrapped = true;
    }
  }
  return undefined;
}

function nameParts(name: string): string[] {
  return (name.match(/"(?:[^"]|"")*"|[A-Za-z_]\w*/g) ?? []).map((part) =>
    (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part).toLowerCase(),
  );
}

/** The statement with its target in `schema`, where it says none. */
function inSchema(statement: Statement, schema: string, at: number): string {
  TARGET.lastIndex = at;
  const match = TARGET.exec(statement.bare);
  const { sql } = statement;
  if (match === null) throw new Error(`it changes no table of ${schema}: ${sql.trim().slice(0, 100)}`);
  const from = at + match[0].length - (match[1]?.length ?? 0);
  const parts = nameParts(sql.slice(from, at + match[0].length));
  if (parts.length === 1) return `${sql.slice(0, from)}"${schema}".${sql.slice(from)}`;
  if (parts.at(-2) !== schema)
    throw new Error(`"${parts.join('.')}" is not in ${schema}: it can be read, not changed`);
  return sql;
}

function single(sql: unknown): Statement {
  if (typeof sql !== 'string') throw new Error('a statement is a text');
  const [statement, ...more] = statementsOf(sql);
  if (statement === undefined || more.length > 0) throw new Error('one statement at a time');
  return statement;
}

/** @throws Error where `sql` is no single statement that only reads. */
export function assertReads(sql: string): void {
  if (!READS.includes(verbOf(single(sql))?.verb ?? '')) throw new Error('query takes one SELECT');
}

/** @throws Error where `sql` is no single statement that changes something of `schema`, and nothing else. */
export function ownStatement(sql: string, schema: string): string {
  const statement = single(sql);
  const { verb = '', at = 0 } = verbOf(statement) ?? {};
  if (!WRITES.includes(verb)) throw new Error('exec takes one statement that changes the own schema');
  return inSchema(statement, schema, at);
}

/** The statements of a migration, each of which reads, or changes something of `schema`. */
export function ownStatements(sql: string, schema: string): string[] {
  return statementsOf(sql).map((statement) => {
    const { verb = '', at = 0 } = verbOf(statement) ?? {};
    if (READS.includes(verb)) return statement.sql;
    if (WRITES.includes(verb)) return inSchema(statement, schema, at);
    throw new Error(`no statement of a migration: ${statement.sql.trim().slice(0, 100)}`);
  });
}
