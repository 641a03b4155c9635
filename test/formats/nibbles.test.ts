/** Two 4-bit pixels in a byte: read wherever a file says so, and as the user says where none does. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { type Choice, LARGEST } from '../../src/formats/format.ts';
import { openExposure } from '../../src/formats/index.ts';
import { WORDS } from '../../src/formats/mrc/header.ts';
import { RowReader } from '../../src/formats/row-reader.ts';
import { Fault } from '../../src/model/outcome.ts';
import { kernels, newBench, Stretch } from '../kernels/arena.ts';
import { type MadeMrc, madeMrc } from '../made/mrc.ts';
import { darkroom } from '../run/darkroom.ts';
import { folder, random } from './tiff/lab.ts';
import { grey, type MadeField, makeTiff } from './tiff/maker.ts';

const into = folder();
after(() => fs.rmSync(into, { recursive: true, force: true }));

const next = random(9);

/** Pixels of 0 to 15, and rows of them packed: the left one in the lower bits, or in the upper ones. */
function made(width: number, height: number, highFirst = false): { pixels: Buffer; packed: Buffer } {
  const pixels = Buffer.from(Uint8Array.from({ length: width * height }, () => next() * 16));
  const rowBytes = Math.ceil(width / 2);
  const packed = Buffer.alloc(rowBytes * height);
  pixels.forEach((value, i) => {
    const [row, col] = [Math.floor(i / width), i % width];
    const left = col % 2 === 0;
    packed[row * rowBytes + (col >> 1)]! |= left !== highFirst ? value : value << 4;
  });
  return { pixels, packed };
}

test('the kernel unpacks rows of any width, either half first, and writes nothing beside them', () => {
  for (const width of [1, 2, 3, 31, 32, 33, 34, 63, 64, 65, 1001]) {
    for (const highFirst of [false, true]) {
      const { pixels, packed } = made(width, 3, highFirst);
      const arena = newBench();
      const [from, to] = [new Stretch(arena, packed.length), new Stretch(arena, pixels.length)];
      from.bytes.set(packed);
      kernels.unpackNibbles(from.address, to.address, width, 3, highFirst);
      assert.deepEqual(Buffer.from(to.bytes), pixels, `${width} px`);
      to.assertGuarded(`${width} px`);
    }
  }
});

interface Read {
  readonly width: number;
  readonly type: string;
  readonly pixelSize: number | undefined;
  readonly pixels: Buffer;
  readonly notes: readonly string[];
}

async function read(file: string, choice: Partial<Choice> = {}): Promise<Read> {
  const { source, close } = await openExposure(file, 'exposure', { ...LARGEST, ...choice });
  try {
    const arena = newBench();
    const rows = new RowReader(source, arena);
    const pieces: Buffer[] = [];
    await rows.each((address) => void pieces.push(Buffer.from(arena.bytes(address, rows.rowBytes))));
    const { width, type, notes, pixelSize } = source.exposure;
    return { width, type, notes, pixelSize, pixels: Buffer.concat(pieces) };
  } finally {
    close();
  }
}

function save(name: string, bytes: Uint8Array): string {
  const file = path.join(into, name);
  fs.writeFileSync(file, bytes);
  return file;
}

const LABEL = 'SerialEMCCD: Dose frac. image, 4 bits packed  r/f 0';
const IMOD = { [WORDS.imodStamp]: 1_146_047_817 };

test('MRC with 4-bit pixels is unpacked: mode 101, the flag of IMOD, the label of SerialEM; others on request only', async () => {
  for (const littleEndian of [true, false]) {
    const { pixels, packed } = made(62, 17);
    const of = (more: Partial<MadeMrc>): string =>
      save('packed.mrc', madeMrc({ width: 31, height: 17, mode: 0, pixels: packed, littleEndian, ...more }));
    for (const [more, choice] of [
      [{ lies: { ...IMOD, [WORDS.imodFlags]: 16 } }, {}],
      [{ lies: { ...IMOD, [WORDS.imodFlags]: 16 + 4 + 8 } }, {}],
      [{ labels: [LABEL] }, {}],
      [{}, { fourBit: 'always' }],
    ] as const) {
      const found = await read(of(more), choice);
      assert.deepEqual([found.width, found.type, found.pixelSize], [62, 'uint8', 1.5]);
      assert.ok(found.pixels.equals(pixels));
      assert.match(found.notes.join(), /two pixels of 4 bits/);
    }
    // The words mean nothing without IMOD's stamp, with other flags, or behind another program.
    for (const more of [
      { lies: { [WORDS.imodFlags]: 16 } },
      { lies: { ...IMOD, [WORDS.imodFlags]: 1 + 2 + 4 + 8 + 32 } },
      { labels: [LABEL, 'newstack: Images copied'] },
      {},
    ])
      assert.equal((await read(of(more))).width, 31);
    assert.equal((await read(of({ labels: [LABEL] }), { fourBit: 'never' })).width, 31);
    await assert.rejects(
      read(of({ lies: { ...IMOD, [WORDS.imodFlags]: 17 } })),
      (error) => error instanceof Fault && error.kind === 'unsupported' && /signed bytes/.test(error.message),
    );
  }
  for (const width of [61, 62]) {
    const { pixels, packed } = made(width, 5);
    const header = madeMrc({ width, height: 5, mode: 101, pixels: [] });
    const file = save('mode101.mrc', Buffer.concat([header.subarray(0, 1024), packed]));
    assert.ok((await read(file)).pixels.equals(pixels), `${width} px`);
    fs.truncateSync(file, 1024 + packed.length - 1);
    await assert.rejects(read(file), (error) => error instanceof Fault && error.kind === 'incomplete');
  }
});

const field = (tag: number, type: number, ...values: number[]): MadeField => ({ tag, type, values });

test('4-bit TIFF is unpacked, the left pixel in the upper bits, in strips and tiles, packed or plain', async () => {
  for (const width of [48, 47]) {
    const { pixels, packed } = made(width, 32, true);
    const plain = { fields: grey(width, 32, 4, [field(278, 4, 32)]), blocks: [packed] };
    const deflated = {
      fields: grey(width, 32, 4, [field(278, 4, 32), field(259, 3, 8)]),
      blocks: [deflateSync(packed)],
    };
    for (const page of [plain, deflated]) {
      const found = await read(save('four.tif', makeTiff([page])));
      assert.deepEqual([found.width, found.type], [width, 'uint8']);
      assert.ok(found.pixels.equals(pixels), `${width} px`);
    }
  }
  const { pixels, packed } = made(48, 32, true);
  const tiles = [0, 1, 2].flatMap((across) =>
    [0].map(() =>
      Buffer.concat(
        Array.from({ length: 32 }, (_, row) => packed.subarray(row * 24 + across * 8, row * 24 + across * 8 + 8)),
      ),
    ),
  );
  const tiled = { fields: grey(48, 32, 4, [field(322, 4, 16), field(323, 4, 32)]), blocks: tiles, tiled: true };
  assert.ok((await read(save('tiled.tif', makeTiff([tiled])))).pixels.equals(pixels));
});

test("8-bit TIFF of SerialEM's plugin is unpacked where its description says so, the left pixel in the lower bits", async () => {
  const { pixels, packed } = made(48, 20);
  let files = 0;
  const of = (...others: MadeField[]): string =>
    save(`described${files++}.tif`, makeTiff([{ fields: grey(24, 20, 8, others), blocks: [packed] }]));
  const says = { tag: 270, type: 2, values: 'SerialEMCCD: Dose fractionated image, 4 bits packed\n' };
  for (const [file, choice] of [
    [of(says), {}],
    [of(), { fourBit: 'always' }],
  ] as const) {
    const found = await read(file, choice);
    assert.ok(found.width === 48 && found.pixels.equals(pixels));
  }
  assert.ok((await read(of(says), { fourBit: 'never' })).pixels.equals(packed));
  const copied = of({ ...says, values: `${says.values}newstack: unpacked\n` });
  assert.equal((await read(copied)).width, 24);
});

test('a run corrects what it unpacked, and its output says nothing of packing any more', async () => {
  const { pixels, packed } = made(62, 17);
  const raw = path.join(into, 'raw');
  fs.mkdirSync(raw);
  const lies = { ...IMOD, [WORDS.imodFlags]: 16 };
  fs.writeFileSync(
    path.join(raw, 'a.mrc'),
    madeMrc({ width: 31, height: 17, mode: 0, pixels: packed, labels: [LABEL], lies }),
  );
  const out = path.join(into, 'out');
  const run = ['run', raw, '--no-flat-field', '--despike', 'off', '--out', out];
  const { code, stderr } = await darkroom(run);
  assert.equal(code, 0, stderr);
  const file = path.join(out, 'a.mrc');
  const found = await read(file);
  assert.deepEqual([found.width, found.type, found.pixelSize], [62, 'uint16', 1.5]);
  assert.deepEqual([...new Uint16Array(Uint8Array.from(found.pixels).buffer)], [...pixels]);
  assert.equal(fs.readFileSync(file).readInt32LE(WORDS.imodFlags), 0);
  // Another reading of the same file is another output: signed bytes, which stand below 0 here.
  const again = await darkroom([...run, '--four-bit', 'never', '--json']);
  const outcomes = again.events.flatMap((event) => (event.event === 'outcome' ? [event.outcome] : []));
  assert.deepEqual(
    outcomes.map((outcome) => 'exposure' in outcome && outcome.exposure?.width),
    [31],
  );
});
