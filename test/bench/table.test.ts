import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figures, fold, markdown, median, part, type Row, verdict } from './table.ts';
import { inTurns } from './turns.ts';

test('the median is the middle, or the mean of the two in the middle', () => {
  assert.deepEqual([median([3]), median([9, 1, 2]), median([4, 1, 3, 10])], [3, 2, 3.5]);
});

test('a row stands beside its target, and a missed one says so', () => {
  const shown = part;
  const against = { name: 'theirs', ms: 1000, ratio: 0.1 };
  const rows: Row[] = [
    { what: 'a', ms: 100, bytes: 1e6, against, target: { measured: 0.1, must: 1 / 12, aim: 1 / 20, shown } },
    { what: 'b', found: '3 GB', target: { measured: 3, must: 3, aim: 2, shown: fold } },
    { what: 'c', missing: 'not installed' },
  ];
  const [head, , ...lines] = markdown(rows, { memcpy: 10, copy: 50 }).split('\n');
  const columns = head!.split('|').length;
  assert.deepEqual(lines, [
    '| a | 100 | 10 | 10 | 2 | theirs 1000 ms | 1/10 | <= 1/12 | <= 1/20 | missed |',
    '| b | 3 GB |  |  |  |  |  | <= 3 x | <= 2 x | must |',
    '| c | not installed |  |  |  |  |  |  |  |  |',
  ]);
  for (const line of lines) assert.equal(line.split('|').length, columns);
});

test('where more is better, more is asked for', () => {
  const scaling = { must: 1.8, aim: 1.95, more: true, shown: fold } as const;
  assert.deepEqual(
    [1.7, 1.8, 2].map((measured) => verdict({ ...scaling, measured })),
    ['missed', 'must', 'aim'],
  );
});

test('a figure that could not be measured meets nothing', () => {
  assert.equal(verdict({ measured: Number.NaN, must: 1, shown: fold }), 'missed');
  assert.deepEqual([figures(Number.NaN), figures(1234.5), figures(0.012345)], ['-', '1235', '0.0123']);
});

test('turns alternate, the first pair does not count, and the ratio is that of pairs', async () => {
  const order: string[] = [];
  const ours = [900, 1, 2, 30];
  const theirs = [900, 10, 10, 10];
  const turn = (name: string, list: number[]) => (): number => {
    order.push(name);
    return list.shift()!;
  };
  const duel = await inTurns(3, turn('ours', ours), turn('theirs', theirs), () => order.push('before'));
  assert.deepEqual(duel, { ours: 2, theirs: 10, ratio: 0.2 });
  assert.equal(order.join(' '), Array(4).fill('before ours before theirs').join(' '));
});
