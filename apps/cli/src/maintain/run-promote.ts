import type { PromoteOptions } from '../commands/maintain.js';
import { CliError } from '../errors.js';
import { withSession } from '../session.js';
import { formatCount } from '../terminal/format.js';
import type { Terminal } from '../terminal/terminal.js';

/** Makes a key of `extra` a typed column, or undoes that. */
export async function runPromote(
  table: 'images' | 'annotations',
  field: string,
  { db, name, type, undo, json }: PromoteOptions,
  terminal: Terminal,
): Promise<void> {
  await withSession(db, async ({ engine }) => {
    if (undo === true) {
      if (!(await engine.demoteField({ table, field }))) {
        throw new CliError('DATAVIS_CLI_NOT_FOUND', `${table} have no column for "${field}"`);
      }
      await terminal.out(
        json === true ? JSON.stringify({ table, field }) : `${table}: "${field}" has no column any more`,
      );
      return;
    }
    const result = await engine.promoteField({ table, field, name, type });
    if (json === true) {
      await terminal.out(JSON.stringify(result));
      return;
    }
    const left =
      result.unconverted > 0 ? `; ${formatCount(result.unconverted)} of another type stay in extra alone` : '';
    await terminal.out(
      `${table}.${result.column} (${result.type}): ${formatCount(result.values)} values of "${field}"${left}`,
    );
  });
}
