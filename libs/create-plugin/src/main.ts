import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { scaffold } from './scaffold.js';
import { KINDS, TEMPLATES, type PluginKind } from './templates.js';

const HELP = `npm create @datavis/plugin@latest FOLDER [-- --kind KIND] [--name NPM-NAME]

Kinds:
${KINDS.map((kind) => `  ${kind.padEnd(10)} ${TEMPLATES[kind].about}`).join('\n')}
`;

const isKind = (text: string): text is PluginKind => (KINDS as readonly string[]).includes(text);

async function ask(question: string): Promise<string> {
  if (!process.stdin.isTTY) return '';
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}

function ownVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { kind: { type: 'string' }, name: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  const [folder] = positionals;
  if (values.help === true || folder === undefined) {
    process.stdout.write(HELP);
    return values.help === true ? 0 : 2;
  }
  const kind = values.kind ?? ((await ask(`What does it do? (${KINDS.join(', ')}) [columns] `)) || 'columns');
  if (!isKind(kind)) {
    process.stderr.write(`there is no kind "${kind}": ${KINDS.join(', ')}\n`);
    return 2;
  }
  const files = await scaffold({ folder, kind, name: values.name, sdkVersion: `^${ownVersion()}` });
  process.stdout.write(`${files.map((file) => `  ${folder}/${file}`).join('\n')}\n\n`);
  process.stdout.write(`Next:\n  cd ${folder}\n  npm install\n  npm run build\n  npm run check\n`);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
