import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteWindow } from './window.js';

test('bytes are those that were pushed and not dropped, in the room that was lent as long as they fit', () => {
  const step = fc.record({ dropped: fc.nat(), count: fc.nat(200), lends: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const window = new ByteWindow();
      let kept: number[] = [];
      let base = 0;
      for (const [n, { dropped, count, lends }] of steps.entries()) {
        if (lends) window.lent ??= new Uint8Array(256);
        const drop = dropped % (kept.length + 1);
        const chunk = Array.from({ length: count }, (_, k) => ((n * 50 + k) % 255) + 1);
        kept = [...kept.slice(drop), ...chunk];
        base += drop;
        window.push(drop, Uint8Array.from(chunk));
        expect(window).toMatchObject({ length: kept.length, base });
        // Behind them a 0, and room for the loads of eight bytes that start at it.
        expect(Array.from(window.bytes.subarray(0, kept.length + 1))).toEqual([...kept, 0]);
        expect(window.bytes.length).toBeGreaterThanOrEqual(kept.length + 16);
        if (window.lent !== undefined) expect(window.bytes === window.lent).toBe(kept.length + 64 <= 256);
      }
    }),
  );
});
