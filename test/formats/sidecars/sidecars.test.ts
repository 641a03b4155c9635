/** What files beside an exposure state: read by key, whatever else is in them; and what is wrong with them is a note. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { openExposure } from '../../../src/formats/index.ts';
import type { Metadata } from '../../../src/model/metadata.ts';
import { DATA, noData } from '../../correct/lab.ts';
import { type MadeMrc, madeMrc } from '../../made/mrc.ts';
import { folder } from '../../run/darkroom.ts';

interface Said {
  readonly metadata: Metadata | undefined;
  readonly notes: readonly string[];
}

/** What is known of a small exposure of this name with these files beside it. */
async function known(
  t: TestContext,
  name: string,
  beside: Readonly<Record<string, string | Uint8Array>>,
  made: Partial<MadeMrc> = {},
): Promise<Said> {
  const root = folder(t);
  fs.writeFileSync(path.join(root, name), madeMrc({ width: 4, height: 3, mode: 6, pixelSize: 0, ...made }));
  for (const [file, content] of Object.entries(beside)) fs.writeFileSync(path.join(root, file), content);
  const { source, close } = await openExposure(path.join(root, name));
  close();
  return { metadata: source.exposure.metadata, notes: source.exposure.notes };
}

const local = (...parts: [number, number, number, number, number, number]): number => {
  const [year, month, day, hour, minute, second] = parts;
  return new Date(year, month - 1, day, hour, minute, second).getTime();
};

const SECTION = `Voltage = 300

[ZValue = 0]
Surprise = 12 of them
DateTime = 25-Sep-23  14:13:26
ExposureTime = 3
binning = 0.5
PixelSpacing = 0.82
DividedBy2 = 0
RotationAndFlip = 3
GainReference = CountRef.dm4
DefectFile = defects.txt
TiltAngle = -3.5
ExposureDose = 39.2
Magnification = 165000
`;

const OF_SECTION = {
  taken: local(2023, 9, 25, 14, 13, 26),
  takenFrom: 'mdoc DateTime',
  exposureSeconds: 3,
  pixelSize: 0.82,
  binning: 0.5,
  kilovolts: 300,
  magnification: 165_000,
  dose: 39.2,
  tilt: -3.5,
  dividedBy2: false,
  rotationAndFlip: 3,
  gainReference: 'CountRef.dm4',
  defectFile: 'defects.txt',
};

test('an .mdoc is read by key, in any order and case, with either line ending, under both of its names', async (t) => {
  const turned = SECTION.split('\n').reverse();
  const shuffled = ['Voltage = 300', '[ZValue = 0]', ...turned.filter((line) => !/^\[|Voltage/.test(line))].join(
    '\r\n',
  );
  for (const [name, text] of [
    ['x.mrc.mdoc', SECTION],
    ['x.mdoc', SECTION],
    ['x.mrc.mdoc', shuffled],
    ['x.mrc.mdoc', SECTION.replaceAll('\n', '\r')],
    ['x.mrc.mdoc', `\ufeff${SECTION}`],
  ] as const) {
    const { metadata, notes } = await known(t, 'x.mrc', { [name]: text });
    assert.deepEqual({ ...metadata }, OF_SECTION, JSON.stringify(text.slice(0, 40)));
    assert.deepEqual(notes, []);
  }
});

test('of a series the earliest time counts, and what all sections share', async (t) => {
  const sections = [3, 1, 2].map(
    (second, i) =>
      `[ZValue = ${i}]\nDateTime = 25-Sep-23  14:13:0${second}\nTiltAngle = ${i}\nExposureTime = 2\nBinning = ${i < 2 ? 1 : 2}\nDividedBy2 = ${i === 1 ? 1 : 0}\n`,
  );
  const { metadata, notes } = await known(
    t,
    's.st',
    { 's.st.mdoc': `PixelSpacing = 2\n\n${sections.join('\n')}` },
    { frames: 3 },
  );
  assert.deepEqual(metadata, {
    taken: local(2023, 9, 25, 14, 13, 1),
    takenFrom: 'mdoc DateTime',
    exposureSeconds: 2,
    pixelSize: 2,
    dividedBy2: true,
  });
  assert.equal(notes.length, 2);
  assert.match(notes[0]!, /different values of binning/);
  assert.match(notes[1]!, /counts were divided by 2/);
});

test('of several files or movies in one .mdoc, the section that names the exposure describes it', async (t) => {
  const of = (kind: string) =>
    ['a', 'b', 'c']
      .map((name, i) =>
        kind === 'Image'
          ? `[Image = ${name}.mrc]\nExposureTime = ${i + 1}\n`
          : `[FrameSet = ${i}]\nSubFramePath = X:\\raw\\${name.toUpperCase()}.mrc\nExposureTime = ${i + 1}\n`,
      )
      .join('\n');
  for (const kind of ['Image', 'FrameSet']) {
    const { metadata, notes } = await known(t, 'b.mrc', { 'b.mdoc': of(kind) }, { frames: 4 });
    assert.equal(metadata?.exposureSeconds, 2, kind);
    assert.deepEqual(notes, []);
    const other = await known(t, 'd.mrc', { 'd.mdoc': of(kind) });
    assert.equal(other.metadata, undefined, `${kind}: none of them names it`);
  }
});

test('a camera length marks diffraction, except in STEM', async (t) => {
  const said = async (lines: string) =>
    (await known(t, 'x.mrc', { 'x.mrc.mdoc': `[ZValue = 0]\n${lines}\n` })).metadata;
  assert.deepEqual(await said('CameraLength = 1.2'), { diffraction: true });
  assert.equal(await said('CameraLength = 1.2\nChannelName = HAADF'), undefined);
  assert.deepEqual(await said('CameraLength = 0\nBinning = 1'), { binning: 1 });
});

const EPU = `<?xml version="1.0"?><MicroscopeImage xmlns="http://schemas.datacontract.org/2004/07/Fei.SharedObjects" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">
<CustomData xmlns:q="x"><q:KeyValueOfstringanyType><q:Key>Detectors[EF-CCD].GainReference</q:Key><q:Value>gain &amp; more.gain</q:Value></q:KeyValueOfstringanyType>
<q:KeyValueOfstringanyType><q:Key>Detectors[EF-CCD].CommercialName</q:Key><q:Value>K3</q:Value></q:KeyValueOfstringanyType>
<q:KeyValueOfstringanyType><q:Key>Dose</q:Key><q:Value>2E+21</q:Value></q:KeyValueOfstringanyType></CustomData>
<SpatialScale><pixelSize><x><numericValue>1.5E-10</numericValue></x></pixelSize></SpatialScale>
<microscopeData><acquisition><plateCamera><ExposureTime>9</ExposureTime></plateCamera><camera><Binning xmlns:d="y"><d:x>2</d:x></Binning><ExposureTime>0.5</ExposureTime><Name>EF-CCD</Name><Empty/></camera>
<acquisitionDateTime>2024-08-31T20:05:19.2336922+02:00</acquisitionDateTime></acquisition>
<gun><AccelerationVoltage>200000</AccelerationVoltage></gun>
<optics><ColumnOperatingMode>TEM</ColumnOperatingMode><ProjectorMode>Diffraction</ProjectorMode><TemMagnification><NominalMagnification>81000</NominalMagnification></TemMagnification></optics>
<stage><Position><A>0.5235987755982988</A></Position></stage></microscopeData></MicroscopeImage>`;

const OF_EPU = {
  taken: Date.UTC(2024, 7, 31, 18, 5, 19, 234),
  takenFrom: 'EPU acquisitionDateTime',
  exposureSeconds: 0.5,
  pixelSize: 1.5,
  binning: 2,
  kilovolts: 200,
  magnification: 81_000,
  dose: 20,
  tilt: 30,
  camera: 'K3',
  gainReference: 'gain & more.gain',
  diffraction: true,
};

const rounded = (metadata: Metadata | undefined) =>
  Object.fromEntries(
    Object.entries(metadata ?? {}).map(([name, value]) => [
      name,
      typeof value === 'number' ? Number(value.toPrecision(14)) : value,
    ]),
  );

test('the XML of EPU is read whatever its prefixes are, beside the sum and beside its fractions', async (t) => {
  const bytes = Buffer.from(`\ufeff${EPU}`, 'utf16le');
  for (const [name, beside] of [
    ['FoilHole_1.mrc', { 'FoilHole_1.xml': EPU }],
    ['FoilHole_1_Fractions.mrc', { 'FoilHole_1.xml': EPU }],
    ['FoilHole_1_fractions.mrc', { 'FoilHole_1.xml': EPU.replaceAll('q:', 'other:') }],
    ['FoilHole_1.mrc', { 'FoilHole_1.xml': bytes }],
  ] as const) {
    const { metadata, notes } = await known(t, name, beside);
    assert.deepEqual(rounded(metadata), OF_EPU, name);
    assert.deepEqual(notes, []);
  }
});

test('the _info.txt of Direct Electron describes the movie and the sum that share it', async (t) => {
  const info = [
    ['Server Software Version', '2.7.4'],
    ['Timestamp (seconds since Epoch)', '1729539410'],
    ['Exposure Time (seconds)', '0.25'],
    ['Exposure Time Max (seconds)', '1000'],
    ['Binning X', '2'],
    ['Hardware Binning X', '2'],
    ['Image Processing - Mode', 'Counting'],
    ['Reference - Counting Gain', 'gain.mrc'],
    ['Reference - Integrating Gain', 'None'],
    ['Instrument Accelerating Voltage (V)', '300000'],
    ['Specimen Pixel Size X (nanometers)', '0.12'],
    ['Camera Name', 'Apollo'],
  ]
    .map(([name, value]) => `${name!.padEnd(40)} = ${value}`)
    .join('\n');
  for (const name of ['20241021_00405_movie.mrc', '20241021_00405_final.mrc', '20241021_00405.mrc']) {
    const { metadata } = await known(t, name, { '20241021_00405_info.txt': info });
    assert.deepEqual(rounded(metadata), {
      taken: 1_729_539_410_000,
      takenFrom: 'Direct Electron Timestamp',
      exposureSeconds: 0.25,
      pixelSize: 1.2,
      binning: 4,
      kilovolts: 300,
      camera: 'Apollo',
      gainReference: 'gain.mrc',
    });
  }
});

test('a broken sidecar is a note, and the exposure is read as if it were not there', async (t) => {
  const bomb = `<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 9 }, (_, i) => `<!ENTITY ${'bcdefghij'[i]} "${`&${'abcdefghi'[i]};`.repeat(10)}">`).join('')}]><MicroscopeImage><name>&j;</name></MicroscopeImage>`;
  const cases: [string, string | Uint8Array, RegExp | null][] = [
    ['x.mrc.mdoc', '', /is empty/],
    ['x.mrc.mdoc', 'no pair in here', /no line of the form/],
    ['x.mrc.mdoc', new Uint8Array(4096), /bytes of 0: is it still being written/],
    ['x.mrc.mdoc', `${SECTION}${'\0'.repeat(512)}`, /bytes of 0/],
    ['x.xml', EPU.slice(0, 700), /is cut short/],
    ['x.xml', 'plain text', /is no XML/],
    ['x.xml', `${'<a>'.repeat(200)}${'</a>'.repeat(200)}`, /inside each other/],
    ['x.xml', `<MicroscopeImage>${'<a/>'.repeat(200_000)}</MicroscopeImage>`, /more than 100000 elements/],
    ['x.xml', bomb, null],
    ['x.xml', '<?xml version="1.0"?><SomebodyElses/>', null],
    ['x_info.txt', 'this is about something else', null],
  ];
  for (const [name, content, note] of cases) {
    const { metadata, notes } = await known(t, 'x.mrc', { [name]: content });
    const what = `${name}: ${String(content).slice(0, 30)}`;
    assert.equal(metadata, undefined, what);
    assert.equal(notes.length, note ? 1 : 0, what);
    if (note) assert.match(notes[0]!, note, what);
  }
});

test('values that are not understood are left out and told, the others count', async (t) => {
  const odd = SECTION.replace('= 3\n', '= three\n').replace('25-Sep-23', '25-Spt-23').concat('???\n');
  const { metadata, notes } = await known(t, 'x.mrc', { 'x.mrc.mdoc': odd });
  const { taken: _, takenFrom: __, exposureSeconds: ___, ...others } = OF_SECTION;
  assert.deepEqual(metadata, others);
  assert.match(notes[0]!, /values of DateTime, ExposureTime that are not understood/);
  assert.match(notes[1]!, /neither "key = value" nor a section/);
});

test('what is no regular file, or too large, is no sidecar', async (t) => {
  const root = folder(t);
  const file = path.join(root, 'x.mrc');
  fs.writeFileSync(file, madeMrc({ width: 4, height: 3, mode: 6, pixelSize: 0 }));
  fs.mkdirSync(`${file}.mdoc`);
  fs.symlinkSync('nowhere', path.join(root, 'x.xml'));
  fs.closeSync(fs.openSync(path.join(root, 'x_info.txt'), 'w'));
  fs.truncateSync(path.join(root, 'x_info.txt'), 2 ** 33);
  const { source, close } = await openExposure(file);
  close();
  assert.equal(source.exposure.metadata, undefined);
  assert.deepEqual(source.exposure.notes, [
    'its _info.txt has more than 4 MB: what it says of the exposure is not known',
  ]);
});

/** Files beside exposures as microscopes wrote them: the name that the exposure has, and what is stated of it. */
const REAL: readonly [string, string, string, object][] = [
  [
    'serialem/TS_41.mrc.mdoc',
    'TS_41.mrc',
    'TS_41.mrc.mdoc',
    { taken: local(2023, 5, 3, 13, 28, 10), exposureSeconds: 2.6, pixelSize: 2.66, kilovolts: 300, dividedBy2: false },
  ],
  [
    'serialem/Grid9_template_0035.tif.mdoc',
    'Grid9_template_0035.tif',
    'Grid9_template_0035.tif.mdoc',
    {
      ...{ taken: local(2023, 9, 25, 14, 13, 26), exposureSeconds: 3, pixelSize: 0.82, binning: 1, dose: 39.2291 },
      gainReference: 'CountRef_2023-09-25_13.01.28_Grid10-_template_0000.dm4',
      defectFile: 'defects_2023-09-25_13.01.28_Grid10-_template_0000.txt',
    },
  ],
  [
    'serialem/direct-electron_counted_frames.mrc.mdoc',
    'd.mrc',
    'd.mrc.mdoc',
    { taken: local(2022, 6, 5, 23, 45, 28), exposureSeconds: 0.764891, binning: 8, dividedBy2: true },
  ],
  [
    'serialem/frame_set_single.mdoc',
    'f.mrc',
    'f.mdoc',
    {
      ...{ taken: local(2021, 10, 8, 7, 39, 8), exposureSeconds: 1.07856, binning: 0.5, tilt: 32.984 },
      gainReference: 'SuperRef_s_mmm_00000_-15.0_Oct08_01.59.24.dm4',
    },
  ],
  [
    'direct-electron_info.txt',
    '20241021_00405_final.mrc',
    '20241021_00405_info.txt',
    { taken: 1_729_539_410_000, exposureSeconds: 0.045712, pixelSize: 1, binning: 16, camera: 'DESim' },
  ],
];

/** Of a session of EPU: what its five files share. */
const REAL_EPU = {
  ...{ exposureSeconds: 0.619959, pixelSize: 0.415015, binning: 1, kilovolts: 300, magnification: 270_000 },
  ...{ camera: 'Falcon 4i', diffraction: false, takenFrom: 'EPU acquisitionDateTime' },
  gainReference: 'ImagesForProcessing/EF-Falcon/300kV/20240830_103455_EER_GainReference.gain',
};

test('sidecars that microscopes wrote state what is in them', { skip: noData }, async (t) => {
  const epu = fs.readdirSync(path.join(DATA, 'metadata/epu'));
  assert.ok(epu.length > 1);
  const all = [...REAL, ...epu.map((name) => [`epu/${name}`, name.replace('.xml', '.mrc'), name, REAL_EPU] as const)];
  const times = new Set<number>();
  for (const [from, name, as, expected] of all) {
    const text = fs.readFileSync(path.join(DATA, 'metadata', from));
    const { metadata } = await known(t, name, { [as]: text });
    for (const [field, value] of Object.entries(expected)) {
      const found = (metadata as Record<string, unknown>)[field];
      const near = typeof found === 'number' && field !== 'taken' ? Number(found.toPrecision(6)) : found;
      assert.equal(near, value, `${from}: ${field}`);
    }
    times.add(metadata!.taken!);
  }
  assert.equal(times.size, all.length, 'each has its own time');
});
