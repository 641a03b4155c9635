/** What an output carries of its input's fields: what holds in another file, in words that other programs still read. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { leftBehind } from '../../../src/formats/left-behind.ts';
import { folder, PROVENANCE, type Read, read, write } from './lab.ts';
import { grey, type MadeField, makeTiff } from './maker.ts';

const into = folder();
const LINE = PROVENANCE.lines.join('; ');
const PYTHON = '/usr/bin/python3';
const noTifffile = spawnSync(PYTHON, ['-c', 'import tifffile']).status === 0 ? false : 'tifffile is not installed';
const noTiffinfo = spawnSync('tiffinfo').error ? 'libtiff-tools are not installed' : false;
const field = (tag: number, type: number, ...values: number[]): MadeField => ({ tag, type, values });
const text = (tag: number, values: string): MadeField => ({ tag, type: 2, values });

interface Passed {
  readonly raw: Read;
  readonly output: Read;
  readonly file: string;
}

/** Through reading and writing, as an exposure goes. */
async function passed(others: readonly MadeField[], bigEndian = false): Promise<Passed> {
  const input = path.join(into, 'raw.tif');
  fs.writeFileSync(input, makeTiff([{ fields: grey(4, 2, 16, others), blocks: [Buffer.alloc(16)] }], { bigEndian }));
  const raw = await read(input);
  const file = await write(into, 'output.tif', raw.pixels, { width: 4, height: 2, carried: raw.carried });
  return { raw, output: await read(file), file };
}

const tags = ({ carried }: Read): number[] => carried.tiff![0]!.map(({ tag }) => tag);

const textsOf = ({ carried }: Read, tag: number): string[] =>
  carried.tiff![0]!.filter((one) => one.tag === tag).map(({ bytes }) => Buffer.from(bytes).toString('latin1'));

function python(script: string, ...args: string[]): string {
  const ran = spawnSync(PYTHON, ['-c', script, ...args], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout;
}

/** Tags whose values are places in the file, or may be; with the name that the note gives. */
const PLACES: [MadeField, string][] = [
  [field(330, 4, 8), '330 (SubIFDs)'],
  [field(330, 13, 8), '330 (SubIFDs)'],
  [field(400, 4, 8), '400 (GlobalParametersIFD)'],
  [field(34_665, 4, 8), '34665 (EXIF)'],
  [field(34_853, 13, 8), '34853 (GPS)'],
  [field(40_965, 4, 8), '40965'],
  [field(33_628, 4, 8), '33628 (MetaMorph)'],
  [field(33_629, 5, 8, 1), '33629 (MetaMorph)'],
  [field(33_630, 5, 8, 1), '33630 (MetaMorph)'],
  [field(33_631, 4, 8), '33631 (MetaMorph)'],
  [field(34_412, 1, 1, 2, 3, 4, 5), '34412 (Zeiss LSM)'],
  [field(37_706, 4, 8), '37706 (TVIPS)'],
  [field(50_740, 1, 8), '50740'],
  [field(51_000, 4, 8), '51000'],
  [field(51_000, 7, 8), '51000'],
  [field(65_100, 13, 8), '65100'],
  // True of the raw pixels only.
  [text(42_112, '<GDALMetadata/>'), '42112 (GDAL metadata)'],
  [text(42_113, '-9999'), '42113 (GDAL no data)'],
  [field(301, 3, 1, 2), '301 (TransferFunction)'],
];

test('fields that point elsewhere in the raw file, or may, stay behind, and a note names them', async () => {
  for (const [one, name] of PLACES) {
    const { raw, output } = await passed([one]);
    assert.equal(tags(output).includes(one.tag), false, name);
    const note = raw.exposure.notes.find((said) => said.includes('are not copied'));
    assert.ok(note?.includes(name), `${name}: ${note}`);
  }
  const { raw } = await passed([field(34_665, 4, 8), field(34_853, 4, 8)]);
  assert.deepEqual(raw.exposure.notes, [
    'TIFF tags 34665 (EXIF), 34853 (GPS) are not copied: they refer to places in the raw file or to its pixel values, or may do so',
  ]);
});

test('fields known to hold all they say are carried, and nothing is said of those that every output has anew', async () => {
  const kept = [
    ...[
      text(269, 'grid'),
      text(271, 'JEOL'),
      text(306, '2026:11:24 10:00:00'),
      text(315, 'me'),
      text(34_682, '[Scan]'),
    ],
    ...[field(297, 3, 1, 5), field(33_550, 12, 1, 2), field(65_009, 12, 0.25), field(65_015, 4, 1), field(700, 1, 60)],
    ...[text(51_123, '{}'), text(60_000, 'any text'), field(60_001, 12, 1.5), field(60_002, 3, 7)],
  ];
  const { raw, output } = await passed([...kept, field(280, 3, 0), field(341, 3, 9)]);
  for (const { tag } of kept) assert.ok(tags(output).includes(tag), String(tag));
  assert.equal(tags(output).includes(341), false);
  assert.deepEqual(raw.exposure.notes, []);
});

test('tifffile opens what is written of files with pointers of TVIPS and MetaMorph, and reads the pixels', {
  skip: noTifffile,
}, async () => {
  const uic = [field(33_628, 4, 1, 2), field(33_629, 5, 8, 1), field(33_630, 5, 8, 1), field(33_631, 4, 8)];
  for (const others of [[field(37_706, 4, 8)], uic, [field(34_665, 4, 8)], [field(330, 4, 8)]]) {
    const { file } = await passed(others);
    assert.match(python('import sys, tifffile; print(tifffile.imread(sys.argv[1]).shape)', file), /\(2, 4\)/);
  }
});

test('of a field that comes twice the first is carried; descriptions are carried both, ours in the first', {
  skip: noTiffinfo,
}, async () => {
  const { output, file } = await passed([
    text(315, 'first'),
    text(315, 'second'),
    text(270, 'of the user'),
    text(270, '{"shape": [2, 4]}'),
  ]);
  assert.deepEqual(textsOf(output, 315), ['first\0']);
  assert.deepEqual(textsOf(output, 270), [`of the user\n${LINE}\0`, '{"shape": [2, 4]}\0']);
  // As of what tifffile writes, libtiff says that tags do not rise, and reads on.
  assert.equal(spawnSync('tiffinfo', ['-D', file]).status, 0);
});

test('the program that made the raw file stays named, ours comes behind it, once', async () => {
  for (const [before, after] of [
    ['SerialEM 4.1', 'SerialEM 4.1; darkroom test'],
    ['EPU; Gatan DM', 'EPU; Gatan DM; darkroom test'],
    ['SerialEM 4.1; darkroom 0.0.9', 'SerialEM 4.1; darkroom test'],
    ['darkroom test', 'darkroom test'],
    ['', 'darkroom test'],
  ] as const) {
    const { output } = await passed([text(305, before)]);
    assert.deepEqual(textsOf(output, 305), [`${after}\0`]);
  }
  assert.deepEqual(textsOf((await passed([])).output, 305), ['darkroom test\0']);
});

const XML: Record<string, string> = {
  JEOL: '<?xml version="1.0" encoding="utf-8"?>\r\n<TemReporter>\r\n  <Eos><EosMode>eosTEM</EosMode></Eos>\r\n</TemReporter>\r\n',
  'JEOL, with its control characters': '<TemReporter>\n<Eos>1</Eos>\n</TemReporter>\n\x01',
  'with a byte order mark': '\xef\xbb\xbf<Metadata a="1"><b/></Metadata>',
  'of one element': '<Metadata a="1"/>\n',
  'with a comment behind': '<a><b>1</b></a>\n<!-- made by hand -->\n',
  OME: '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image/></OME>',
};

test('XML stays XML, with the line of provenance in a comment', { skip: noTifffile }, async () => {
  const parse = `
import sys, tifffile, xml.etree.ElementTree as tree
said = tifffile.TiffFile(sys.argv[1]).pages[0].description
root = tree.fromstring(said.lstrip('\\ufeff').rstrip('\\n\\x01').encode())
print(root.tag, [child.tag for child in root], 'despike' in said)`;
  for (const [name, before] of Object.entries(XML)) {
    const { file, output } = await passed([{ tag: 270, type: 2, values: Buffer.from(`${before}\0`, 'latin1') }]);
    assert.match(python(parse, file), /True/, name);
    // Once more: a second line of provenance, and still XML.
    const twice = await write(into, 'twice.tif', output.pixels, { width: 4, height: 2, carried: output.carried });
    assert.match(python(parse, twice), /True/, name);
  }
});

test('OME-XML names the type that is written, whatever the raw file had', async () => {
  const before = '<OME><Image><Pixels DimensionOrder="XYCZT" Type="uint8" SizeX="4"/></Image></OME>';
  const { raw } = await passed([text(270, before)]);
  for (const [type, named] of [
    ['uint16', 'uint16'],
    ['int16', 'int16'],
    ['float32', 'float'],
  ] as const) {
    const bytes = Buffer.alloc(type === 'float32' ? 32 : 16);
    const file = await write(into, 'typed.tif', bytes, { width: 4, height: 2, type, carried: raw.carried });
    assert.match(
      textsOf(await read(file), 270)[0]!,
      new RegExp(`<Pixels DimensionOrder="XYCZT" Type="${named}" SizeX="4"/>`),
    );
  }
});

test('text that only looks like XML gets a line at its end', async () => {
  for (const before of ['<5 counts in the dark>', 'a <b>bold</b> word', '< >', 'x < 1']) {
    const { output } = await passed([text(270, before)]);
    assert.deepEqual(textsOf(output, 270), [`${before}\n${LINE}\0`]);
  }
});

const IMAGEJ = `
import sys, numpy, tifffile, json
if len(sys.argv) > 2:
    tifffile.imwrite(sys.argv[1], numpy.zeros((2, 2, 4), 'u2'), imagej=True, byteorder=sys.argv[2], metadata={
        'Info': 'grid 3, 5 µm', 'Labels': ['first', 'zweites ü'], 'Ranges': [(0.5, 4000.25)],
        'ROI': bytes.fromhex('496f75740000'), 'Overlays': [bytes.fromhex('496f757401020304')], 'LUTs': [numpy.arange(768, dtype='u1').reshape(3, 256)]})
found = tifffile.TiffFile(sys.argv[1]).imagej_metadata
print(json.dumps({key: str(found.get(key)) for key in ['Info', 'Labels', 'Ranges', 'ROI', 'Overlays', 'LUTs']}))`;

test("ImageJ's Info, labels, ranges, ROIs and overlays are the same in the output of a big-endian file", {
  skip: noTifffile,
}, async () => {
  for (const order of ['<', '>']) {
    const source = path.join(into, 'imagej.tif');
    const expected = python(IMAGEJ, source, order);
    assert.match(expected, /zweites/);
    const raw = await read(source);
    const file = await write(into, 'imagej-out.tif', raw.pixels, {
      width: 4,
      height: 2,
      frames: 2,
      carried: raw.carried,
    });
    assert.equal(python(IMAGEJ, file), expected, order);
  }
});

test("a block of ImageJ's that is laid out otherwise is left out, and the note says so", async () => {
  const block = (...words: number[]): MadeField => field(50_839, 1, ...words);
  const magic = [0x49, 0x4a, 0x49, 0x4a];
  const info = [...Buffer.from('info'), 0, 0, 0, 1];
  for (const [counts, bytes] of [
    [
      [12, 4],
      [...magic, ...info, 0, 65],
    ],
    [
      [12, 3],
      [...magic, ...info, 0, 65, 0],
    ],
    [[12], [...magic, ...info]],
    [
      [12, 2],
      [...magic, ...Buffer.from('what'), 0, 0, 0, 1, 0, 65],
    ],
    [
      [12, 2],
      [0, 0, 0, 0, ...info, 0, 65],
    ],
    [[0], []],
  ] as const) {
    const { raw, output } = await passed(
      [text(270, 'ImageJ=1.53t\n'), field(50_838, 4, ...counts), block(...bytes)],
      true,
    );
    assert.equal(tags(output).includes(50_838) || tags(output).includes(50_839), false);
    assert.match(raw.exposure.notes.join(), /50839/);
  }
});

test('what an MRC header has no place for is said in a note for each kind of loss', async () => {
  const unlucky = await passed([
    text(270, 'a'.repeat(81)),
    text(306, 'when'),
    text(34_682, '[Scan]'),
    field(282, 5, 1, 1),
  ]);
  const [labels, others] = [
    /ten labels of 80 characters: a longer ImageDescription is cut/,
    /TIFF tags 282, 306, 34682 are left out/,
  ];
  const notes = leftBehind(unlucky.raw.carried, 'mrc');
  assert.equal(notes.length, 2);
  assert.match(notes[0]!, others);
  assert.match(notes[1]!, labels);
  assert.match(leftBehind((await passed([text(270, 'line\n'.repeat(10))])).raw.carried, 'mrc').join(), labels);
  const resolution = [field(282, 5, 8e7, 1), field(283, 5, 8e7, 1), field(296, 3, 3)];
  const lucky = await passed([text(270, 'short'), field(254, 4, 2), ...resolution]);
  assert.deepEqual(leftBehind(lucky.raw.carried, 'mrc'), []);
});

/** Texts on which a search that starts again at every place would take hours. */
const LONG: Record<string, string> = {
  'NULs before a letter': `${'\0'.repeat(4e5)}x`,
  'closing tags': `<a>${'</:>'.repeat(2e5)}x`,
  'spaces in a closing tag': `<a></a${' '.repeat(4e5)}`,
  'Pixels without an end': '<OME><Pixels '.repeat(2e5),
  'forming systems': '<TemReporter ><ImageFormingSystem '.repeat(1e5),
  shapes: `{${'"shape": [1, 1, '.repeat(2e5)}`,
  truncated: `{${', "truncated" : '.repeat(2e5)}`,
  calibrations: `ImageJ=1\n${'c0='.repeat(2e5)}`,
  'scan sections': '[Scan]\n'.repeat(3e5),
};

test('long texts made to be slow are carried like others', { timeout: 100_000 }, async () => {
  for (const said of Object.values(LONG)) {
    const { output } = await passed([text(270, said), text(305, said), text(34_682, said)]);
    assert.ok(textsOf(output, 270)[0]!.includes(said));
  }
});
