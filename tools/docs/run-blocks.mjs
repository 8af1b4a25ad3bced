// The documents' code blocks, against the packed packages in a consumer's project:
//   ```ts                     is compiled (types included)
//   ```ts runnable            is compiled and run; so is ```js runnable
//   ```sh runnable            is run, in an empty folder whose PATH has the packages' commands
//   ```ts fragment            is not a whole module: left out, and counted aloud
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { exec } from '../exec.mjs';
import { compile } from '../packages/consumer.mjs';
import { root } from '../workspace.mjs';
import { codeBlocks } from './code-blocks.mjs';
import { documents } from './documents.mjs';

const titleOf = (block) => `${relative(root, block.path)}:${block.line}`;

async function runModule(consumer, file) {
  await exec(process.execPath, [join(consumer, file)], { cwd: consumer, timeoutMs: 120_000 });
}

async function checkTypeScript(tally, consumer, blocks) {
  mkdirSync(join(consumer, 'blocks'), { recursive: true });
  for (const [i, block] of blocks.entries()) {
    const name = `blocks/block-${i}`;
    writeFileSync(join(consumer, `${name}.mts`), `${block.code}\nexport {};\n`);
    const compiled = await tally.check(`${titleOf(block)} compiles`, async () => {
      await compile(consumer, [`${name}.mts`], { moduleResolution: 'nodenext', emitTo: 'blocks-out' });
      return true;
    });
    if (compiled && block.flags.includes('runnable')) {
      await tally.check(`${titleOf(block)} runs`, () => runModule(consumer, `blocks-out/${name}.mjs`));
    }
  }
}

async function checkShell(tally, consumer, block, i) {
  const cwd = join(consumer, `shell-${i}`);
  mkdirSync(cwd, { recursive: true });
  await tally.check(`${titleOf(block)} runs`, () =>
    exec('bash', ['-euo', 'pipefail', '-c', block.code], {
      cwd,
      env: { PATH: `${join(consumer, 'node_modules', '.bin')}:${process.env.PATH}`, DATAVIS_WORKSPACE: root },
    }),
  );
}

/** Checks the blocks of every document of the workspace. */
export async function checkBlocks(tally, consumer) {
  const blocks = documents().flatMap((path) => codeBlocks(path));
  const isTs = ({ language }) => language === 'ts' || language === 'typescript';
  await checkTypeScript(
    tally,
    consumer,
    blocks.filter((block) => isTs(block) && !block.flags.includes('fragment')),
  );
  for (const [i, block] of blocks.entries()) {
    if (!block.flags.includes('runnable')) continue;
    if (block.language === 'sh' || block.language === 'bash') await checkShell(tally, consumer, block, i);
    if (block.language === 'js') {
      writeFileSync(join(consumer, `block-${i}.mjs`), block.code);
      await tally.check(`${titleOf(block)} runs`, () => runModule(consumer, `block-${i}.mjs`));
    }
  }
  const fragments = blocks.filter((block) => isTs(block) && block.flags.includes('fragment'));
  if (fragments.length > 0) console.log(`not compiled (marked as fragments): ${fragments.map(titleOf).join(', ')}`);
}
