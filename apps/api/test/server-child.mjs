// A server process as users start it, but from source: `node … server-child.mjs OPTIONS`.
import { register } from 'node:module';

register('../../../tools/ts-worker-hooks.mjs', import.meta.url);
const { main } = await import('../src/main.ts');
process.exitCode = await main(process.argv.slice(2), process.env);
