import { run } from './run.js';
import { createTerminal } from './terminal/terminal.js';

// Nothing heavy is imported before a command needs it: `--help` starts in less than twice the time of bare Node.
process.exitCode = await run(process.argv.slice(2), createTerminal(process));
