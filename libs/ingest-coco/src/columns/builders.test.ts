import { expect, test } from 'vitest';
import { ListBuilder, ListListBuilder } from './builders.js';

test.each([{ Builder: ListBuilder }, { Builder: ListListBuilder }])(
  '$Builder.name uses the room that it was lent as long as its numbers fit',
  ({ Builder }) => {
    const list = new Builder(4);
    const lent = new Float64Array(4);
    list.push(1);
    list.push(2);
    list.lend(lent);
    for (const value of [3, 4]) list.push(value);
    expect(Array.from(lent)).toEqual([1, 2, 3, 4]);
    list.push(5);
    expect(list.values).not.toBe(lent);
    expect(Array.from(list.values.subarray(0, list.length))).toEqual([1, 2, 3, 4, 5]);

    // A batch that did not fit is no reason to try the next there; one that would have fitted is.
    list.reset();
    expect(list.values).not.toBe(lent);
    list.push(6);
    list.reset();
    expect(list.values).toBe(lent);
  },
);

test('what is there already and does not fit stays where it is', () => {
  const list = new ListBuilder(1);
  for (const value of [1, 2, 3]) list.push(value);
  list.lend(new Float64Array(2));
  expect(Array.from(list.values.subarray(0, list.length))).toEqual([1, 2, 3]);
});
