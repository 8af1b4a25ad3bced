import { writeSync } from 'node:fs';
import { watch, type WatchData, type WatchPort } from './plugins/watch.js';

/** As a thread that is there already watches beside its own work. */
export function watchInThread(data: WatchData, port: WatchPort): void {
  watch(data, port, writeSync);
}
