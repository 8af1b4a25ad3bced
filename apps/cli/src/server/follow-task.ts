import { watchTask } from '@datavis/client';
import type { Task } from '@datavis/client';
import { DataVisError, isAbortError } from '@datavis/plugin-sdk';
import { CliError } from '../errors.js';
import { interruptible } from '../interrupt.js';
import { createProgress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';
import { asError } from './connect.js';
import type { Server } from './connect.js';

/** Shows a task of a server until it has ended, and gives its result. Ctrl-C cancels the task. */
export async function followTask(
  server: Server,
  { id }: Task,
  title: string,
  terminal: Terminal,
): Promise<unknown> {
  const progress = createProgress(terminal);
  const notes = { stopping: 'Asking the server to stop …', stopped: 'Stopped. Run the same command again.' };
  try {
    return await interruptible(terminal, notes, async (signal) => {
      let last: Task | undefined;
      try {
        for await (const task of watchTask(server.client, id, { signal })) {
          last = task;
          const { done, total, step } = task.progress ?? { done: 0, total: 0, step: '' };
          const unit = task.request.kind === 'verification' ? 'bytes' : 'items';
          if (total > 0) progress.update({ title, done, total, unit, detail: step });
        }
      } catch (error) {
        if (isAbortError(error)) {
          await server.ask(server.client.POST('/v1/tasks/{task}/cancel', { params: { path: { task: id } } }));
        }
        throw asError(error, server.url);
      }
      return resultOf(last, server.url);
    });
  } finally {
    progress.end();
  }
}

function resultOf(task: Task | undefined, url: string): unknown {
  if (task?.state === 'done') return task.result;
  if (task?.error) {
    const { code, detail, hint } = task.error;
    throw new DataVisError(code, detail, hint === undefined ? {} : { hint });
  }
  throw new CliError('DATAVIS_CLI_SERVER', `The work on ${url} was ${task?.state ?? 'cut off'}`, {
    hint: 'Run the same command again.',
  });
}
