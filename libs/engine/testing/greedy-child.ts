// A process in which a plugin allocates without end in one call. It ends when Node has no memory left.
import { setTimeout as sleep } from 'node:timers/promises';
import { startWatchdog } from '../src/plugins/watchdog.js';

const watchdog = startWatchdog({ noticeMs: 100 });
// The thread has to know the plugin before the loop is held.
await sleep(1000);
watchdog.enter('@acme/greedy', 'onImages', 7);
const kept: number[][] = [];
for (;;) kept.push(new Array<number>(10_000).fill(kept.length));
