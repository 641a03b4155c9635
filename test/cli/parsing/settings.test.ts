import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { watchSettings } from '../../../src/cli/parsing/settings.ts';
import { WATCH_OPTIONS } from '../../../src/cli/parsing/watch-options.ts';
import { Refusal } from '../../../src/model/outcome.ts';
import { fileFor, folderFor, settingsOf } from '../call.ts';

/** Command lines after `darkroom run`, and what the refusal must say. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'raw --no-flat-field': /--out is missing/,
  '-o out --no-flat-field': /found no file or folder/,
  'raw -o out': /found no references.*--dark and --bright.*--norm.*--no-flat-field/,
  'raw -o out --dark d.mrc --bias b.mrc': /--bias is what --dark-scale does not scale/,
  'raw -o out --norm n.mrc --dark-scale 2': /--dark-scale scales the dark, but none is given/,
  'raw -o out --norm n.mrc --dark-orientation rot90': /--dark-orientation turns the dark, but none is given/,
  'raw -o out --dark d.mrc --norm-orientation rot90': /--norm-orientation turns the norm or the bright, but none/,
  'raw -o out --norm n.mrc --defects-orientation rot180': /--defects-orientation turns the map of defects, but none/,
  'raw -o out --norm n.mrc --norm-orientation rot45': /--norm-orientation.*rot45.*rot90/,
  'raw -o out --bright b.mrc': /--bright needs --dark/,
  'raw -o out --dark d.mrc --bright b.mrc --norm n.mrc': /--norm and --bright exclude each other/,
  'raw -o out --no-flat-field --dark d.mrc': /--no-flat-field corrects without references/,
  'raw -o out --no-flat-field --norm n.mrc': /--no-flat-field corrects without references/,
  'raw -o out --no-flat-field --format mrc --compression deflate': /--compression is for TIFF/,
  'raw -o out --no-flat-field --despike-size 9 --despike-patch 4':
    /--despike-size and despikeArithmetic are for the method leginon, .* say which with --despike/,
  'raw -o out --no-flat-field --scale 0': /--scale: found 0/,
  'raw -o out --no-flat-field --scale ten': /--scale: found "ten", expected a number \(a factor\)/,
  'raw -o out --no-flat-field --scale=': /--scale: found "", expected a number/,
  'raw -o out --no-flat-field --scale NaN': /--scale: found "NaN"/,
  'raw -o out --no-flat-field --offset 1e': /--offset: found "1e"/,
  'raw -o out --no-flat-field --offset 0x10': /--offset: found "0x10"/,
  'raw -o out --no-flat-field --despike-size 10':
    /--despike-size: found "10", expected an odd whole number from 3 to 101 \(px\)/,
  'raw -o out --no-flat-field --despike-size 1': /--despike-size: found "1"/,
  'raw -o out --no-flat-field --despike-threshold 0':
    /--despike-threshold: found "0", expected a number above 0 \(deviations\)/,
  'raw -o out --no-flat-field --max-spikes -1': /--max-spikes: found "-1", expected a number of at least 0 \(ppm\)/,
  'raw -o out --no-flat-field --clip-low low': /--clip-low: found "low", expected a number \(counts\) or none/,
  'raw -o out --no-flat-field --clip-low 5 --clip-high 4': /--clip-low is above --clip-high/,
  'raw -o out --no-flat-field --type uint8': /--type: found "uint8", expected same, uint16, int16 or float32/,
  'raw -o out --no-flat-field --threads 0': /--threads: found "0", expected a whole number from 1 to 256/,
  'raw -o out --no-flat-field --threads 257': /--threads: found "257"/,
  'raw -o out --no-flat-field --threads 1.5': /--threads: found "1.5"/,
  'raw -o out --no-flat-field --inline-seconds 0': /--inline-seconds: found "0", expected a number above 0 \(seconds\)/,
  'raw -o out --no-flat-field --keep-days 0': /--keep-days: found "0", expected a whole number from 1 to 36500/,
  'raw -o out --no-flat-field --keep-days 9 --no-timings': /--keep-days .* --no-timings keeps none; leave out one/,
  'raw -o out --no-flat-field --scale 2 --scale 3': /--scale: given 2 times \(2, 3\), expected once/,
  'raw -o out --no-flat-field --force --force': /--force: given 2 times, expected once/,
  'raw -o out --out other --no-flat-field': /--out: given 2 times \(out, other\)/,
  'raw -o out --no-flat-field --dekspike off': /no option --dekspike; did you mean --despike\?/,
  'raw -o out --no-flat-field --despikeSize 9': /no option --despikeSize; did you mean --despike-size\?/,
  'raw -o out --flat-field': /no option --flat-field/,
  'raw -o out --no-flat-field -x': /no option -x/,
  'raw -o out --no-flat-field --__proto__ x': /no option/,
  'raw -o out --no-flat-field --constructor x': /no option --constructor/,
  'raw -o out --no-flat-field --force=maybe': /--force: found a value, expected none/,
  'raw -o out --no-flat-field=false': /--no-flat-field: found a value/,
  'raw -o out --dark --bright b.mrc': /--dark: found no value, expected the path of a file/,
  'raw --no-flat-field -o': /-o: found no value/,
  'raw -o out --no-flat-field --recipe /nowhere/night.yaml': /--recipe: .*night.yaml: is not there/,
};

for (const [line, message] of Object.entries(REFUSED)) {
  test(`refused: darkroom run ${line}`, async () => {
    await assert.rejects(settingsOf(line), (error) => {
      assert.ok(error instanceof Refusal, String((error as Error).stack));
      assert.match(error.message, message);
      return true;
    });
  });
}

test('an empty word among the inputs is no path: it would be the working directory', async () => {
  await assert.rejects(settingsOf('raw  -o out --no-flat-field'), /found "" among the files/);
});

test('the output folder may be missing, but no part of its path may be a file', async (t) => {
  const file = fileFor(t, 'taken', '');
  await assert.rejects(settingsOf(`raw -o ${file} --no-flat-field`), /taken is a file, expected a folder/);
  await assert.rejects(settingsOf(`raw -o ${file}/below --no-flat-field`), /taken is a file/);
  const free = path.join(path.dirname(file), 'new/er');
  assert.equal((await settingsOf(`raw -o ${free} --no-flat-field`)).out, free);
});

test('the journal is a file, beside the outputs unless said otherwise', async (t) => {
  const folder = folderFor(t);
  const journal = async (more: string): Promise<string> =>
    (await settingsOf(`raw -o ${folder} --no-flat-field${more}`)).journal;
  assert.equal(await journal(''), path.join(folder, 'darkroom.sqlite'));
  assert.equal(await journal(' --journal j.sqlite'), path.resolve('j.sqlite'));
  await assert.rejects(journal(` --journal ${folder}`), /--journal .*: found a folder, expected a file/);
});

test('a dark alone is a run, and references can be turned and scaled', async () => {
  const alone = await settingsOf('raw -o out --dark d.mrc');
  assert.deepEqual(alone.references, { dark: path.resolve('d.mrc'), bright: null, norm: null, defects: [] });
  const given = '--norm n.mrc --norm-orientation flip-left-right --dark d.mrc --dark-scale 2 --bias b.mrc';
  const { recipe, references } = await settingsOf(`raw -o out ${given}`);
  assert.deepEqual([recipe.normOrientation, recipe.darkScale], ['flip-left-right', 2]);
  assert.equal(references.bias, path.resolve('b.mrc'));
});

test('defaults are those of the tables', async () => {
  const settings = await settingsOf('raw -o out --dark d.mrc --bright b.mrc');
  assert.deepEqual(settings.recipe, {
    steps: ['flat-field', 'defects', 'despike', 'clip'],
    despike: 'robust',
    despikeFrames: false,
    despikeSize: 11,
    despikeThreshold: null,
    despikePatch: 9,
    despikePolarity: 'bright',
    despikeFill: 'median',
    diffraction: false,
    despikeArithmetic: 'float64',
    despikeSaturated: true,
    despikeGuard: true,
    maxSpikes: 5000,
    clipLow: null,
    clipHigh: null,
    noFlatField: false,
    rowOrder: 'picture',
    darkOrientation: 'none',
    normOrientation: 'none',
    defectsOrientation: 'none',
    image: null,
    fourBit: 'auto',
    darkScale: 1,
    type: 'same',
    scale: 1,
    offset: 0,
    format: 'same',
    compression: 'none',
    saturation: null,
    strict: false,
    writeMasks: false,
    noReferenceChecks: false,
    allowCorrected: false,
  });
  assert.equal(settings.expect, null);
  assert.deepEqual(settings.references, {
    dark: path.resolve('d.mrc'),
    bright: path.resolve('b.mrc'),
    norm: null,
    defects: [],
  });
  assert.equal(settings.threads, Math.min(256, os.availableParallelism()));
  const { include, exclude, force, inlineSeconds, keepDays } = settings;
  assert.deepEqual(
    { include, exclude, force, inlineSeconds, keepDays },
    { include: [], exclude: [], force: false, inlineSeconds: null, keepDays: 365 },
  );
});

test('defaults of watch are those of its table too', async () => {
  const given = { out: 'out', noFlatField: true };
  const settings = await watchSettings({ given, words: ['raw'], line: '' });
  const { settleStack, giveUp, poll, minFree, keepDays } = WATCH_OPTIONS;
  const seconds = [settleStack, giveUp, poll].map((option) => 1000 * Number(option!.fallback));
  assert.deepEqual([settings.settleStack, settings.giveUp, settings.poll], seconds);
  assert.deepEqual([settings.minFree, settings.keepDays], [minFree!.fallback, keepDays!.fallback]);
});

test('timings are kept for so many days, or by the day alone', async () => {
  assert.equal((await settingsOf('raw -o out --no-flat-field --keep-days 9')).keepDays, 9);
  assert.equal((await settingsOf('raw -o out --no-flat-field --no-timings')).keepDays, 0);
});

test('negative numbers are values, not options', async () => {
  const { recipe } = await settingsOf(
    'raw -o out --no-flat-field --offset -100 --clip-low -5 --clip-high -.5 --scale -1e-3 --saturation=-7',
  );
  assert.deepEqual(
    [recipe.offset, recipe.clipLow, recipe.clipHigh, recipe.scale, recipe.saturation],
    [-100, -5, -0.5, -0.001, -7],
  );
});

test('a file may be called 007, or begin with a dash behind --', async () => {
  const { inputs } = await settingsOf('007 1e3 -o out --no-flat-field -- -odd --force');
  assert.deepEqual(
    inputs,
    ['007', '1e3', '-odd', '--force'].map((name) => path.resolve(name)),
  );
});

test('a pattern takes one word, and stands as often as needed', async () => {
  const { inputs, include, exclude } = await settingsOf(
    '-o out --include *.mrc raw --include *.st more --exclude dark* --no-flat-field',
  );
  assert.deepEqual(
    inputs,
    ['raw', 'more'].map((name) => path.resolve(name)),
  );
  assert.deepEqual([include, exclude], [['*.mrc', '*.st'], ['dark*']]);
});

test('without flat-field that step is dropped, and defects are still repaired', async () => {
  const { recipe, references } = await settingsOf('raw -o out --no-flat-field --defects bad.mrc');
  assert.deepEqual(recipe.steps, ['defects', 'despike', 'clip']);
  assert.deepEqual(references.defects, [path.resolve('bad.mrc')]);
});

test('references without their step are an error; leaving the step out says as much as --no-flat-field', async (t) => {
  const recipe = fileFor(t, 'steps.yaml', 'steps: [despike, clip]\n');
  await assert.rejects(
    settingsOf(`raw -o out --recipe ${recipe} --norm n.mrc`),
    /--norm is given, but flat-field is not among the steps \(despike, clip\)/,
  );
  await assert.rejects(
    settingsOf(`raw -o out --recipe ${recipe} --defects d.mrc`),
    /--defects is given, but defects is not among the steps/,
  );
  assert.deepEqual((await settingsOf(`raw -o out --recipe ${recipe}`)).recipe.steps, ['despike', 'clip']);
});

test('where no method is named, options that one alone has say which', async (t) => {
  const recipe = fileFor(t, 'old.yaml', 'noFlatField: true\ndespikeArithmetic: float32\n');
  const methodOf = async (words: string): Promise<string> => (await settingsOf(`raw -o out ${words}`)).recipe.despike;
  assert.equal(await methodOf('--no-flat-field'), 'robust');
  assert.equal(await methodOf('--no-flat-field --despike-threshold 6'), 'robust');
  assert.equal(await methodOf('--no-flat-field --despike-size 9'), 'leginon');
  assert.equal(await methodOf('--no-flat-field --despike-patch 4'), 'robust');
  assert.equal(await methodOf(`--recipe ${recipe}`), 'leginon');
  assert.equal(await methodOf(`--recipe ${recipe} --despike off`), 'off');
  assert.equal(await methodOf(`--recipe ${recipe} --despike robust`), 'robust');
});

test('the command line wins over the recipe, option by option', async (t) => {
  const lines = [
    'noFlatField: true',
    'despike: leginon',
    'despikeSize: 7',
    'despikeThreshold: 5',
    'threads: 3',
    'include: "*.mrc"',
    'exclude: [a, b]',
  ];
  const recipe = fileFor(t, 'night.yaml', lines.join('\n'));
  const settings = await settingsOf(`raw -o out --recipe ${recipe} --despike-threshold 6 --exclude c`);
  assert.deepEqual([settings.recipe.despikeSize, settings.recipe.despikeThreshold, settings.threads], [7, 6, 3]);
  assert.deepEqual([settings.include, settings.exclude], [['*.mrc'], ['c']]);
});

test('what the command line says of references overrules the contrary in the recipe', async (t) => {
  const bright = fileFor(t, 'bright.yaml', 'dark: d.mrc\nbright: b.mrc\n');
  const none = fileFor(t, 'none.yaml', 'noFlatField: true\n');
  const norm = fileFor(t, 'norm.yaml', 'norm: n.mrc\n');
  const x = path.resolve('x.mrc');
  const cases: readonly (readonly [string, object])[] = [
    [`--recipe ${bright} --norm x.mrc`, { dark: path.join(path.dirname(bright), 'd.mrc'), bright: null, norm: x }],
    [`--recipe ${bright} --no-flat-field`, { dark: null, bright: null, norm: null }],
    [`--recipe ${none} --norm x.mrc`, { dark: null, bright: null, norm: x }],
    [`--recipe ${norm} --dark x.mrc --bright y.mrc`, { dark: x, bright: path.resolve('y.mrc'), norm: null }],
  ];
  for (const [line, expected] of cases) {
    const { references, recipe } = await settingsOf(`raw -o out ${line}`);
    assert.deepEqual(references, { ...expected, defects: [] }, line);
    assert.equal(recipe.noFlatField, line.includes('--no-flat-field'));
  }
});

test('nothing is made and no reference is read before the settings stand', async (t) => {
  const folder = folderFor(t);
  await settingsOf(`raw -o ${folder}/out --dark ${folder}/d.mrc --bright ${folder}/b.mrc`);
  assert.deepEqual(fs.readdirSync(folder), []);
});
