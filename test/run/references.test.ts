/**
 * References are held against the first exposures before anything is written: what is wrong is refused with the option that
 * mends it, what is right passes, and both leave their figures. A watch holds back.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { EVENT_SCHEMA } from '../../src/cli/terminal/event-schema.ts';
import { openForReading } from '../../src/journal/opening.ts';
import type { Status } from '../../src/model/events.ts';
import type { ReferenceChecks } from '../../src/model/reference-checks.ts';
import { TURNS, type Turn, turnPixels } from '../../src/references/turns.ts';
import { simulate } from '../../src/tools/simulate/session.ts';
import { madeMrc } from '../made/mrc.ts';
import { readPlainMrc } from '../oracle/plain-mrc.ts';
import { departures } from '../report/conforms.ts';
import { darkroom, folder, report } from './darkroom.ts';

const SIZE = { width: 320, height: 320 };
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-references-'));
after(() => fs.rmSync(root, { recursive: true, force: true }));
const at = (name: string): string => path.join(root, name);

before(async () => {
  const session = { ...SIZE, dose: 400, count: 4, darks: 4, brights: 8, truth: true } as const;
  await simulate(root, { ...session, format: 'mrc', seed: 41 });
  await simulate(at('tiff'), { ...session, width: 360, height: 256, count: 2, format: 'tiff', seed: 42 });
});

/** A reference made of another one, pixel by pixel. */
function derived(name: string, from: string, make: (pixels: Float32Array) => Float32Array): string {
  const { width, height, pixels } = readPlainMrc(at(from));
  fs.writeFileSync(at(name), madeMrc({ width, height, mode: 2, pixels: make(Float32Array.from(pixels)) }));
  return at(name);
}

const turned = (from: string, turn: Turn): string =>
  derived(`${from} ${turn}.mrc`, from, (pixels) => turnPixels(turn, pixels, SIZE, 'bottom'));

const RIGHT = (): string[] => ['--dark', at('dark.mrc'), '--bright', at('bright.mrc')];

/** Runs; what it says of the references. */
async function run(given: readonly string[], out: string, raw = at('raw')) {
  const ran = await darkroom(['run', raw, ...given, '-o', out, '--json']);
  assert.deepEqual(
    ran.events.flatMap((event) => departures(event, EVENT_SCHEMA)),
    [],
  );
  const [checks] = ran.events.flatMap((event) => (event.event === 'references' ? [event] : []));
  const notes = ran.events
    .flatMap((event) => (event.event === 'note' || event.event === 'error' ? [event.message] : []))
    .join('\n');
  return { code: ran.code, checks: checks ?? null, notes };
}

const verdicts = (checks: ReferenceChecks | null): Record<string, string> =>
  Object.fromEntries((checks?.checks ?? []).map(({ reference, check, verdict }) => [`${reference} ${check}`, verdict]));

test('right references pass; the figures are on the terminal, in events, journal, report and page', async (t) => {
  const out = path.join(folder(t), 'out');
  const { code, checks } = await run(RIGHT(), out);
  assert.equal(code, 0);
  assert.equal(
    checks!.checks.some(({ refused }) => refused),
    false,
  );
  const found = verdicts(checks);
  assert.deepEqual([found['norm pattern'], found['dark hot pixels'], found['dark beam']], ['right', 'right', 'right']);
  const { event: _, ...told } = checks!;
  assert.deepEqual(report(out).referenceChecks, told);
  assert.match(fs.readFileSync(path.join(out, 'report.html'), 'utf8'), /Before correcting/);
  const journal = openForReading(path.join(out, 'darkroom.sqlite'))!;
  try {
    const rows = journal.prepare('SELECT compared, verdict, exposures, figures FROM reference_checks').all();
    assert.deepEqual(
      rows.map(({ verdict }) => verdict),
      told.checks.map(({ verdict }) => verdict),
    );
    const { slope } = JSON.parse(rows[0]!.figures as string) as { slope: number };
    assert.ok(Math.abs(slope - 1) < 0.2, String(slope));
  } finally {
    journal.close();
  }
  const shown = await darkroom(['run', at('raw'), ...RIGHT(), '-o', path.join(folder(t), 'out')]);
  assert.match(shown.stdout + shown.stderr, /references fit the first exposure: norm 0\.9\d \+- 0\.\d\d, dark 1\.0\d/);
});

test('each of the eight orientations is recognised, and the option that is named mends it', async (t) => {
  const place = folder(t);
  for (const turn of TURNS.slice(1)) {
    const wrong = ['--dark', turned('dark.mrc', turn), '--bright', turned('bright.mrc', turn)];
    const out = path.join(place, turn);
    const refused = await run(wrong, out);
    assert.equal(refused.code, 3, turn);
    assert.equal(fs.existsSync(out), false, 'nothing is written');
    const options = ['norm', 'dark'].flatMap((role) => {
      const [, option] = new RegExp(`--${role}-orientation ([a-z0-9-]+)`).exec(refused.notes)!;
      return [`--${role}-orientation`, option!];
    });
    const mended = await run([...wrong, ...options], out);
    assert.deepEqual([mended.code, verdicts(mended.checks)['norm pattern']], [0, 'right'], turn);
  }
});

test('a dry run says what the run would say of the references, and writes nothing', async (t) => {
  const out = path.join(folder(t), 'out');
  const given = (references: readonly string[], ...more: string[]): string[] => [
    ...['run', at('raw'), ...references, '-o', out, '--dry-run', ...more],
  ];
  const right = await darkroom(given(RIGHT()));
  assert.match(right.stderr, /references fit/);
  assert.match(right.stdout, /would correct 4/);
  const turnedDark = ['--dark', turned('dark.mrc', 'rot90'), '--bright', turned('bright.mrc', 'rot90')];
  const refused = await darkroom(given(turnedDark));
  assert.match(refused.stderr, /^refused .*--norm-orientation/m);
  assert.match(refused.stdout, /would stop at its references, with exit code 3/);
  const { events } = await darkroom(given(turnedDark, '--json'));
  assert.deepEqual(
    events.flatMap((event) => departures(event, EVENT_SCHEMA)),
    [],
  );
  const plan = events.at(-1) as unknown as { event: string; refused: string[] };
  assert.deepEqual([plan.event, plan.refused.length > 0], ['plan', true]);
  const unchecked = await darkroom(given(turnedDark, '--no-reference-checks'));
  assert.match(unchecked.stdout, /would correct 4/);
  assert.equal(fs.existsSync(out), false);
});

test('mended by an option, the outputs are those of references that were right', async (t) => {
  const place = folder(t);
  const wrong = ['--dark', turned('dark.mrc', 'rot90'), '--bright', turned('bright.mrc', 'rot90')];
  const options = ['--norm-orientation', 'rot270', '--dark-orientation', 'rot270'];
  assert.equal((await run([...wrong, ...options], path.join(place, 'mended'))).code, 0);
  assert.equal((await run(RIGHT(), path.join(place, 'right'))).code, 0);
  for (const name of fs.readdirSync(at('raw'))) {
    const [a, b] = ['mended', 'right'].map((each) => readPlainMrc(path.join(place, each, name)).pixels);
    assert.deepEqual(a, b);
  }
});

test('a norm that divides, exposures that are corrected already or twice, and the norm of another camera are refused', async (t) => {
  const place = folder(t);
  await run(RIGHT(), path.join(place, 'once'));
  // What another program corrected: no mark of ours.
  const corrected = path.join(place, 'corrected');
  fs.mkdirSync(corrected);
  for (const name of fs.readdirSync(at('raw'))) {
    const { width, height, pixels } = readPlainMrc(path.join(place, 'once', name));
    fs.writeFileSync(
      path.join(corrected, name),
      madeMrc({ width, height, mode: 6, pixels: Float32Array.from(pixels) }),
    );
  }
  const dark = readPlainMrc(at('dark.mrc')).pixels;
  const bright = readPlainMrc(at('bright.mrc')).pixels;
  const mean = bright.reduce((sum, x, i) => sum + x - dark[i]!, 0) / bright.length;
  const norm = derived('gain.mrc', 'bright.mrc', (pixels) => pixels.map((x, i) => mean / Math.max(1, x - dark[i]!)));
  const divides = derived('divides.mrc', 'bright.mrc', (pixels) =>
    pixels.map((x, i) => Math.max(0.01, x - dark[i]!) / mean),
  );
  const other = path.join(place, 'other');
  await simulate(other, { ...SIZE, dose: 400, count: 1, darks: 4, brights: 8, truth: false, format: 'mrc', seed: 77 });
  const cases: [string, string[], string, RegExp][] = [
    ['inverted', ['--dark', at('dark.mrc'), '--norm', divides], at('raw'), /upside down.*1 \/ norm/],
    ['corrected', ['--norm', norm], corrected, /corrected already/],
    [
      'other camera',
      ['--dark', path.join(other, 'dark.mrc'), '--bright', path.join(other, 'bright.mrc')],
      at('raw'),
      /another camera or mode/,
    ],
  ];
  for (const [name, given, raw, says] of cases) {
    const { code, notes } = await run(given, path.join(place, `out ${name}`), raw);
    assert.equal(code, 3, name);
    assert.match(notes, says);
    assert.equal(fs.existsSync(path.join(place, `out ${name}`)), false);
    const anyway = await run([...given, '--no-reference-checks'], path.join(place, `out ${name}`), raw);
    assert.deepEqual([anyway.code, anyway.checks], [0, null], name);
  }
});

test('a dark with beam, of another time, turned, or subtracted already is refused; scaled, it passes', async (t) => {
  const place = folder(t);
  const bright = readPlainMrc(at('bright.mrc')).pixels;
  const norm = derived('norm of both.mrc', 'dark.mrc', (dark) => {
    const signal = bright.map((x, i) => Math.max(1, x - dark[i]!));
    const mean = signal.reduce((sum, x) => sum + x, 0) / signal.length;
    return Float32Array.from(signal, (x) => mean / x);
  });
  const lit = derived('unlit.mrc', 'dark.mrc', (dark) => dark.map((x, i) => x + 0.02 * (bright[i]! - x)));
  const bias = derived('shortest.mrc', 'dark.mrc', (dark) => new Float32Array(dark.length).fill(122));
  const half = derived('half.mrc', 'dark.mrc', (dark) => dark.map((x) => (x - 122) / 2 + 122));
  const subtracted = path.join(place, 'subtracted');
  fs.mkdirSync(subtracted);
  const dark = readPlainMrc(at('dark.mrc')).pixels;
  for (const name of fs.readdirSync(at('raw'))) {
    const raw = readPlainMrc(path.join(at('raw'), name)).pixels;
    const pixels = Float32Array.from(raw, (x, i) => Math.max(0, Math.round(x - dark[i]! + 122)));
    fs.writeFileSync(path.join(subtracted, name), madeMrc({ ...SIZE, mode: 6, pixels }));
  }
  const cases: [string, string[], string, RegExp | null][] = [
    ['lit', ['--norm', norm, '--dark', lit], at('raw'), /was the beam on/],
    ['half', ['--dark', half], at('raw'), /hot pixels of the dark are 2\.0\d times.*--dark-scale 2\.0/],
    ['scaled', ['--dark', half, '--dark-scale', '2', '--bias', bias], at('raw'), null],
    ['turned', ['--dark', turned('dark.mrc', 'flip-top-bottom')], at('raw'), /--dark-orientation flip-top-bottom/],
    ['subtracted', ['--dark', at('dark.mrc')], subtracted, /subtracted already/],
    ['alone', ['--dark', at('dark.mrc')], at('raw'), null],
  ];
  for (const [name, given, raw, says] of cases) {
    const { code, notes } = await run(given, path.join(place, `out ${name}`), raw);
    assert.equal(code, says ? 3 : 0, `${name}: ${notes}`);
    if (says) assert.match(notes, says, name);
  }
});

test('a bright with a specimen is refused', async (t) => {
  const dark = readPlainMrc(at('dark.mrc')).pixels;
  const truth = readPlainMrc(at('truth/exposure_0003.mrc')).pixels;
  const mean = truth.reduce((sum, x) => sum + x, 0) / truth.length;
  const specimen = derived('gain of a specimen.mrc', 'bright.mrc', (bright) =>
    bright.map((x, i) => 1 / Math.max(0.05, ((x - dark[i]!) / 5000) * (truth[i]! / mean))),
  );
  const given = ['--dark', at('dark.mrc'), '--norm', specimen];
  const raw = path.join(folder(t), 'raw');
  fs.mkdirSync(raw);
  for (const i of [1, 2, 4]) fs.copyFileSync(at(`raw/exposure_000${i}.mrc`), path.join(raw, `${i}.mrc`));
  const { code, notes } = await run(given, path.join(folder(t), 'out'), raw);
  assert.equal(code, 3, notes);
  assert.match(notes, /specimen, dirt or a shadow/);
});

test('sides that differ, and rows in the order of TIFF: as given is right, turned is named', async (t) => {
  const place = folder(t);
  const given = ['--dark', at('tiff/dark.tif'), '--bright', at('tiff/bright.tif')];
  assert.equal((await run(given, path.join(place, 'right'), at('tiff/raw'))).code, 0);
  const options = ['--norm-orientation', 'flip-top-bottom', '--dark-orientation', 'flip-top-bottom'];
  const wrong = await run([...given, ...options], path.join(place, 'wrong'), at('tiff/raw'));
  assert.equal(wrong.code, 3);
  assert.match(wrong.notes, /--norm-orientation none/);
});

test('what is flat, or was corrected before, is not refused: nothing is said that cannot be told', async (t) => {
  const place = folder(t);
  const ones = derived('ones.mrc', 'bright.mrc', (bright) => new Float32Array(bright.length).fill(1));
  const flat = await run(['--norm', ones], path.join(place, 'flat'));
  assert.deepEqual([flat.code, verdicts(flat.checks)['norm pattern']], [0, 'cannot tell']);
  const shown = await darkroom(['run', at('raw'), '--norm', ones, '-o', path.join(place, 'shown')]);
  assert.doesNotMatch(shown.stdout + shown.stderr, /to tell|references fit/);
  // Nothing is left to correct: nothing is checked.
  const again = await run(['--norm', ones], path.join(place, 'flat'));
  assert.deepEqual([again.code, again.checks], [0, null]);
});

test('a watch holds corrections back and says so; right references let it go on', async (t) => {
  const place = folder(t);
  const out = path.join(place, 'out');
  const stop = path.join(place, 'stop');
  const wrong = ['--dark', turned('dark.mrc', 'rot180'), '--bright', turned('bright.mrc', 'rot180')];
  const options = ['--settle', '0.2', '--stop-file', stop, '--json', '-o', out];
  const held = darkroom(['watch', at('raw'), ...wrong, ...options]);
  let status: Status | null = null;
  for (let tries = 0; tries < 600 && status?.state !== 'paused'; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const file = path.join(out, 'status.json');
    if (fs.existsSync(file)) status = JSON.parse(fs.readFileSync(file, 'utf8')) as Status;
  }
  fs.writeFileSync(stop, '');
  const ended = await held;
  assert.match(status?.reason ?? '', /--norm-orientation rot180.*held back: replace the file and give darkroom reload/);
  assert.equal(
    ended.events.some(({ event }) => event === 'outcome'),
    false,
  );
  assert.equal(
    ended.events.some(({ event }) => event === 'paused'),
    true,
  );
  fs.rmSync(stop);
  const mended = ['--norm-orientation', 'rot180', '--dark-orientation', 'rot180', '--until-idle', '1'];
  const after = await darkroom(['watch', at('raw'), ...wrong, ...mended, ...options]);
  assert.equal(after.code, 0);
  assert.equal(after.events.filter(({ event }) => event === 'outcome').length, 4);
});

test('a watch that holds back goes on without a restart when the references are replaced, and again holds back', async (t) => {
  const place = folder(t);
  const out = path.join(place, 'out');
  const raw = path.join(place, 'raw');
  fs.cpSync(at('raw'), raw, { recursive: true });
  const lay = (dark: string, bright: string): void => {
    for (const [name, from] of [
      ['dark.mrc', dark],
      ['bright.mrc', bright],
    ] as const) {
      fs.copyFileSync(from, path.join(place, `${name}.part`));
      fs.renameSync(path.join(place, `${name}.part`), path.join(place, name));
    }
  };
  const wrong = [turned('dark.mrc', 'rot180'), turned('bright.mrc', 'rot180')] as const;
  lay(...wrong);
  const stop = path.join(place, 'stop');
  const given = ['--dark', path.join(place, 'dark.mrc'), '--bright', path.join(place, 'bright.mrc'), '-o', out];
  const watch = darkroom(['watch', raw, ...given, '--settle', '0.2', '--stop-file', stop, '--json']);
  const status = (): Status | null => {
    const file = path.join(out, 'status.json');
    return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Status) : null;
  };
  const until = async (reached: (now: Status) => boolean): Promise<void> => {
    for (let tries = 0; tries < 600; tries++) {
      const now = status();
      if (now && reached(now)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    fs.writeFileSync(stop, '');
    assert.fail(`${JSON.stringify(status())} ${(await watch).stderr}`);
  };
  await until(({ state }) => state === 'paused');
  // Others that are wrong are refused as well.
  lay(turned('dark.mrc', 'rot90'), turned('bright.mrc', 'rot90'));
  assert.equal((await darkroom(['reload', out])).code, 0);
  await until(({ reason }) => /--norm-orientation rot90|--norm-orientation rot270/.test(reason ?? ''));
  lay(at('dark.mrc'), at('bright.mrc'));
  assert.equal((await darkroom(['reload', out])).code, 0);
  await until(({ counts }) => counts.corrected === 4);
  // References that are renewed are checked again before anything is corrected with them.
  lay(...wrong);
  assert.equal((await darkroom(['reload', out])).code, 0);
  const [first] = fs.readdirSync(raw).filter((name) => name.endsWith('.mrc'));
  fs.copyFileSync(path.join(raw, first!), path.join(raw, 'later.mrc'));
  await until(({ state }) => state === 'paused');
  fs.writeFileSync(stop, '');
  const ended = await watch;
  assert.equal(ended.events.filter(({ event }) => event === 'outcome').length, 4);
  const right = path.join(place, 'right');
  assert.equal((await darkroom(['run', at('raw'), ...RIGHT(), '-o', right])).code, 0);
  for (const name of fs.readdirSync(right).filter((each) => /^exposure.*\.mrc$/.test(each)))
    assert.deepEqual(readPlainMrc(path.join(out, name)).pixels, readPlainMrc(path.join(right, name)).pixels, name);
});

test('each set of a recipe is held against its own exposures: a turned one is named, and nothing is written', async (t) => {
  const place = folder(t);
  const recipe = path.join(place, 'sets.yaml');
  const raw = path.join(place, 'raw');
  fs.cpSync(at('raw'), path.join(raw, 'square'), { recursive: true });
  fs.cpSync(at('tiff/raw'), path.join(raw, 'wide'), { recursive: true });
  const wide = `{name: wide, dark: ${at('tiff/dark.tif')}, bright: ${at('tiff/bright.tif')}}`;
  const square = (bright: string): string => `{name: square, dark: ${at('dark.mrc')}, bright: "${bright}"}`;
  derived('norm to turn.mrc', 'bright.mrc', (bright) => {
    const dark = readPlainMrc(at('dark.mrc')).pixels;
    const signal = bright.map((x, i) => Math.max(1, x - dark[i]!));
    const mean = signal.reduce((sum, x) => sum + x, 0) / signal.length;
    return signal.map((x) => mean / x);
  });
  const wrong = derived('norm turned.mrc', 'norm to turn.mrc', (pixels) =>
    turnPixels('transpose', pixels, SIZE, 'bottom'),
  );
  fs.writeFileSync(recipe, `references:\n  - ${wide}\n  - {name: square, dark: ${at('dark.mrc')}, norm: "${wrong}"}\n`);
  const out = path.join(place, 'out');
  const refused = await run(['--recipe', recipe], out, raw);
  assert.equal(refused.code, 3, refused.notes);
  assert.match(refused.notes, /references "square": norm turned\.mrc: .*--norm-orientation transpose/);
  assert.equal(fs.existsSync(out), false, 'nothing is written');
  const anyway = path.join(place, 'anyway');
  assert.equal((await run(['--recipe', recipe, '--no-reference-checks'], anyway, raw)).code, 0);

  fs.writeFileSync(recipe, `references:\n  - ${wide}\n  - ${square(at('bright.mrc'))}\n`);
  const ran = await darkroom(['run', raw, '--recipe', recipe, '-o', out, '--json']);
  assert.equal(ran.code, 0, ran.stderr);
  const said = ran.events.flatMap((event) => (event.event === 'references' ? [event] : []));
  assert.deepEqual(
    said.map(({ set, checks }) => [set, verdicts({ exposures: 0, seconds: 0, checks })['norm pattern']]).sort(),
    [
      ['square', 'right'],
      ['wide', 'right'],
    ],
  );
});
