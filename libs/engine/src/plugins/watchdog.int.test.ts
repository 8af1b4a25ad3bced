import { expect, test } from 'vitest';
import { startWatchdog } from './watchdog.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('names the plugin that holds the event loop, and its rows', async () => {
  const watchdog = startWatchdog({ noticeMs: 100, toStderr: false });
  try {
    watchdog.enter('@acme/quick', 'onImages', 0);
    watchdog.leave();
    await pause(50);
    watchdog.enter('@acme/bad', 'onAnnotations', 4096);
    block(600);
    watchdog.leave();
    await pause(100);
    expect(watchdog.notices).toHaveLength(1);
    expect(watchdog.notices[0]).toMatchObject({ plugin: '@acme/bad', hook: 'onAnnotations', row: 4096 });
    expect(watchdog.notices[0]?.forMs).toBeGreaterThanOrEqual(100);
  } finally {
    await watchdog.close();
  }
});
