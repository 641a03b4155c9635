/** Files beside an exposure: whatever is in them, the exposure is read, and what is stated of it holds values of its kind. */

import fs from 'node:fs';
import path from 'node:path';
import { openExposure } from '../../src/formats/index.ts';
import { METADATA } from '../../src/model/metadata.ts';
import { madeMrc } from '../made/mrc.ts';
import { anyChange } from './changes.ts';
import type { Random } from './random.ts';
import { ACCEPTED, REFUSED, type Target, unexpected, type Verdict, wrong } from './target.ts';

/** The first byte of a case says where the rest lies. */
const PLACES = ['x.mrc.mdoc', 'x.mdoc', 'x.xml', 'x_info.txt'] as const;

export const sidecars: Target = {
  name: 'sidecars',
  extension: '.sidecar',
  async make(random) {
    const place = random.below(PLACES.length);
    const changes = Array.from({ length: random.between(0, 4) }, () => anyChange(random));
    const text = place < 2 ? mdoc(random) : place === 2 ? xml(random) : info(random);
    return { base: Buffer.concat([Buffer.of(place), Buffer.from(text)]), changes };
  },
  async check(bytes, folder) {
    const file = path.join(folder, 'x.mrc');
    fs.writeFileSync(file, madeMrc({ width: 4, height: 3, mode: 6, pixelSize: 0, frames: 2 }));
    fs.writeFileSync(path.join(folder, PLACES[(bytes[0] ?? 0) % PLACES.length]!), bytes.subarray(1));
    try {
      const { source, close } = await openExposure(file);
      close();
      return verdict(source.exposure.metadata ?? {}, source.exposure.notes);
    } catch (error) {
      return unexpected(error);
    }
  },
};

function verdict(metadata: object, notes: readonly string[]): Verdict {
  for (const [name, value] of Object.entries(metadata)) {
    const { kind } = METADATA[name as keyof typeof METADATA];
    const type = { number: 'number', time: 'number', text: 'string', flag: 'boolean' }[kind];
    if (typeof value !== type || (type === 'number' && !Number.isFinite(value))) return wrong(`${name} is ${value}`);
    if (kind === 'time' && Number.isNaN(new Date(value).getTime())) return wrong(`${name} is no time`);
  }
  const long = notes.find((note) => note.length > 300);
  if (long) return wrong(`a note of ${long.length} characters`);
  return Object.keys(metadata).length > 0 ? ACCEPTED : REFUSED;
}

const VALUES = [
  '0',
  '-1',
  '1e400',
  'NaN',
  '',
  '2.5',
  '25-Sep-23  14:13:26',
  'x'.repeat(5000),
  '__proto__',
  '3',
  '\u0000',
];
const KEYS = [
  'DateTime',
  'ExposureTime',
  'PixelSpacing',
  'Binning',
  'DividedBy2',
  'RotationAndFlip',
  'TiltAngle',
  'Voltage',
];

function mdoc(random: Random): string {
  const line = (): string => `${random.pick([...KEYS, '__proto__', 'toString', ''])} = ${random.pick(VALUES)}`;
  const section = (): string => `[${random.pick(['ZValue', 'FrameSet', 'Image', 'T', ''])} = ${random.pick(VALUES)}]`;
  return Array.from({ length: random.between(1, 60) }, () => (random.chance(0.2) ? section() : line())).join('\n');
}

function info(random: Random): string {
  const names = [
    'Camera Name',
    'Timestamp (seconds since Epoch)',
    'Exposure Time (seconds)',
    'Binning X',
    'Local time',
  ];
  const line = (): string => `${random.pick(names)} = ${random.pick(VALUES)}`;
  return ['Server Software Version = 1', ...Array.from({ length: random.between(0, 30) }, line)].join('\n');
}

const PARTS = [
  'microscopeData',
  'acquisition',
  'camera',
  'ExposureTime',
  'CustomData',
  'Key',
  'Value',
  'Position',
  'A',
];

function xml(random: Random, depth = 0): string {
  const name = depth === 0 ? 'MicroscopeImage' : random.pick(PARTS);
  const inside = depth > 6 || random.chance(0.2) ? random.pick(VALUES.slice(0, 10)) : '';
  const children = depth > 6 ? 0 : random.between(0, 3);
  return `<${name}>${inside}${Array.from({ length: children }, () => xml(random, depth + 1)).join('')}</${name}>`;
}
