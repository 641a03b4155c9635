/** Sets of references in memory: loaded when they are needed, put away when others need the room, never while they are lent. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { Library } from '../../src/conveyor/library.ts';
import { compileKernels, createMemory } from '../../src/kernels/kernels.ts';
import { Rooms } from '../../src/kernels/pages.ts';
import { Refusal } from '../../src/model/outcome.ts';
import { type KnownSet, knownSet } from '../../src/references/known-set.ts';
import { madeMrc } from '../made/mrc.ts';
import { folder } from '../run/darkroom.ts';

const module = compileKernels();
const SIZE = { width: 256, height: 256 };
/** Of a set, about. */
const BYTES = 1.1 * 4 * SIZE.width * SIZE.height;

/** Sets of one norm each, all pixels of which are `level`. */
async function sets(t: TestContext, levels: readonly number[]): Promise<KnownSet[]> {
  const root = folder(t);
  return await Promise.all(
    levels.map(async (level, i) => {
      const norm = path.join(root, `norm${i}.mrc`);
      const pixels = new Float32Array(SIZE.width * SIZE.height).fill(level);
      fs.writeFileSync(norm, madeMrc({ ...SIZE, mode: 2, pixels }));
      return await knownSet({ name: `set ${i}`, paths: { dark: null, bright: null, norm, defects: null }, when: {} });
    }),
  );
}

const level = (memory: WebAssembly.Memory, norm: number): number => new Float32Array(memory.buffer, norm, 1)[0]!;

test('the set used longest ago makes room for another, and comes back with the same pixels', async (t) => {
  const [a, b, c] = (await sets(t, [0.5, 1, 1.5])) as [KnownSet, KnownSet, KnownSet];
  const memory = createMemory();
  const library = new Library({ module, memory }, { stored: false, bound: 2.5 * BYTES });
  const use = async (set: KnownSet): Promise<number> => {
    const lent = await library.borrow(set);
    lent.giveBack();
    return level(memory, lent.layout.norm);
  };
  assert.deepEqual([await use(a), await use(b), await use(a)], [0.5, 1, 0.5]);
  assert.deepEqual(library.loaded, ['set 1', 'set 0']);
  assert.equal(await use(c), 1.5);
  assert.deepEqual(library.loaded, ['set 0', 'set 2']);
  const grown = memory.buffer.byteLength;
  assert.deepEqual([await use(b), await use(a), await use(c), await use(b)], [1, 0.5, 1.5, 1]);
  // The counters of a survey stay; room for references is used again.
  assert.ok(memory.buffer.byteLength - grown < BYTES, 'memory does not grow with every set that is loaded again');
});

test('a set that is lent stays where it is: another one waits until it is given back', async (t) => {
  const [a, b] = (await sets(t, [0.5, 1.5])) as [KnownSet, KnownSet];
  const memory = createMemory();
  const library = new Library({ module, memory }, { stored: false, bound: 1.5 * BYTES });
  const [first, again] = [await library.borrow(a), await library.borrow(a)];
  let came = false;
  const waiting = library.borrow(b).then((lent) => {
    came = true;
    return lent;
  });
  first.giveBack();
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(came, false, 'it is lent once more');
  assert.equal(level(memory, again.layout.norm), 0.5);
  again.giveBack();
  assert.equal(level(memory, (await waiting).layout.norm), 1.5);
  assert.deepEqual(library.loaded, ['set 1']);
});

test('a set of which a file was replaced is not taken for what it was, also where only its hashes are asked for', async (t) => {
  const [a] = (await sets(t, [0.5])) as [KnownSet];
  fs.appendFileSync(a.paths.norm!, 'x');
  const library = new Library({ module, memory: createMemory() }, { stored: false });
  for (const ask of [() => library.borrow(a), () => library.filesOf(a)])
    await assert.rejects(
      ask,
      (error: unknown) => error instanceof Refusal && /"set 0".*was replaced/.test(error.message),
    );
});

test('rooms that are given back are handed out again, empty, and neighbours become one', () => {
  const memory = createMemory();
  const rooms = new Rooms(memory);
  const [one, other] = [rooms.open(), rooms.open()];
  const first = one.grow(1);
  const second = other.grow(2);
  assert.equal(second, first + 1);
  new Uint8Array(memory.buffer).fill(7, first * 65_536);
  one.giveBack();
  other.giveBack();
  const before = memory.buffer.byteLength;
  assert.equal(rooms.open().grow(3), first);
  assert.equal(memory.buffer.byteLength, before);
  assert.ok(new Uint8Array(memory.buffer, first * 65_536).every((byte) => byte === 0));
  assert.equal(rooms.open().grow(1), first + 3);
});
