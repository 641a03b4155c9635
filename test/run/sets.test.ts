/** Several sets of references in one recipe: each exposure gets the one that is meant for it, and says which it was. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { EVENT_SCHEMA } from '../../src/cli/terminal/event-schema.ts';
import { descriptionOf } from '../../src/formats/index.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { departures } from '../report/conforms.ts';
import {
  darkroom,
  type Ended,
  exposure,
  folder,
  journal,
  lay,
  outputs,
  references,
  report,
  sha256,
} from './darkroom.ts';

const SIZES = { small: [64, 48], middle: [128, 96], large: [160, 128] } as const;
type Size = keyof typeof SIZES;

const sized = (size: Size): { width: number; height: number } => ({ width: SIZES[size][0], height: SIZES[size][1] });

/** Folders with exposures of several sizes, and references for some of them. */
function mixed(t: TestContext, sizes: readonly Size[], withReferences: readonly Size[] = sizes) {
  const root = folder(t);
  for (const [i, size] of sizes.entries()) {
    for (const n of [1, 2])
      lay(root, { [`raw/${size}/${size}_${n}.mrc`]: exposure({ ...sized(size), seed: 10 * i + n }) });
  }
  for (const size of withReferences) {
    fs.mkdirSync(path.join(root, 'references', size), { recursive: true });
    references(path.join(root, 'references', size), sized(size));
  }
  const recipe = path.join(root, 'recipe.yaml');
  const run = (more: readonly string[] = [], out = 'out'): Promise<Ended> =>
    darkroom(['run', path.join(root, 'raw'), '--recipe', recipe, '-o', path.join(root, out), '--json', ...more]);
  return { root, recipe, run, out: path.join(root, 'out'), raw: path.join(root, 'raw') };
}

const setOf = (size: string, more = ''): string =>
  `  - {name: ${size}, dark: references/${size}/dark.mrc, bright: references/${size}/bright.mrc${more}}`;

const outcomesOf = ({ events }: Ended): Outcome[] =>
  events.flatMap((event) => (event.event === 'outcome' ? [event.outcome] : []));

const messages = (ended: Ended): string[] =>
  outcomesOf(ended).flatMap((outcome) => (outcome.status === 'failed' ? [outcome.fault.message] : []));

/** Hashes by which an output says with what it was corrected. */
async function labelled(file: string): Promise<string[]> {
  const text = (await descriptionOf(file)).join(' ');
  return [...text.matchAll(/(?:dark|bright)\S*\.mrc ([0-9a-f]{12})/g)].map(([, hash]) => hash!);
}

/** What journal, report, event and label say of each exposure, against the references that it should have had. */
async function assertUsed(ended: Ended, out: string, expected: Readonly<Record<string, string>>): Promise<void> {
  const rows = journal(out, 'SELECT output, reference_files FROM exposures');
  for (const [output, set] of Object.entries(expected)) {
    const hashes = ['dark', 'bright'].map((role) => sha256(path.join(set, `${role}.mrc`)));
    const row = rows.find((each) => each.output === output);
    const files = JSON.parse(String(row?.reference_files)) as { hash: string }[];
    assert.deepEqual(
      files.map(({ hash }) => hash),
      hashes,
      `${output} in the journal`,
    );
    const told = report(out).exposures.find((each) => each.output === output)!;
    for (const hash of hashes) assert.ok(told.references?.includes(hash.slice(0, 12)), `${output} in the report`);
    assert.deepEqual(
      await labelled(path.join(out, output)),
      hashes.map((hash) => hash.slice(0, 12)),
      `${output}: its label`,
    );
    const event = outcomesOf(ended).find((each) => each.output === output);
    if (event?.status === 'done')
      assert.deepEqual(
        event.references?.map(({ hash }) => hash),
        hashes,
        `${output}: its event`,
      );
  }
}

test('a tree with three sizes needs one recipe: nothing fails, and each exposure carries the hashes of its references', async (t) => {
  const { root, recipe, run, out } = mixed(t, ['small', 'middle', 'large']);
  fs.writeFileSync(recipe, ['references:', setOf('small'), setOf('middle'), setOf('large')].join('\n'));
  // These references are noise of their own, which the checks would refuse.
  const ended = await run(['--no-reference-checks']);
  assert.equal(ended.code, 0, ended.stderr);
  assert.doesNotMatch(ended.stderr, /failed {2}/);
  for (const event of ended.events) assert.deepEqual(departures(event, EVENT_SCHEMA), []);
  const of = (size: Size): [string, string][] =>
    [1, 2].map((n) => [`${size}/${size}_${n}.mrc`, path.join(root, 'references', size)]);
  await assertUsed(ended, out, Object.fromEntries([...of('small'), ...of('middle'), ...of('large')]));

  // The camera is surveyed for each set by itself.
  assert.deepEqual(
    journal(out, 'SELECT run, width, exposures FROM set_surveys ORDER BY width'),
    [64, 128, 160].map((width) => ({ run: 1, width, exposures: 2 })),
  );
  assert.deepEqual(journal(out, 'SELECT run FROM surveys'), []);

  // Bytes and resume keys are those of a run with the options alone.
  for (const size of ['middle'] as const) {
    const [dark, bright] = ['dark', 'bright'].map((role) => path.join(root, 'references', size, `${role}.mrc`));
    const alone = path.join(root, `alone-${size}`);
    const raw = path.join(root, 'raw', size);
    assert.equal((await darkroom(['run', raw, '--dark', dark!, '--bright', bright!, '-o', alone])).code, 0);
    const keys = (at: string, below: string): unknown[] =>
      journal(at, `SELECT key, crc32 FROM exposures WHERE output LIKE '${below}%' ORDER BY output`);
    assert.deepEqual(keys(alone, ''), keys(out, `${size}/`));
    for (const [name, hash] of Object.entries(outputs(alone))) assert.equal(outputs(out)[`${size}/${name}`], hash);
  }
});

test('another set that is edited does not make an exposure be corrected again', async (t) => {
  const { root, recipe, run } = mixed(t, ['small', 'middle']);
  fs.writeFileSync(recipe, ['references:', setOf('small'), setOf('middle')].join('\n'));
  assert.equal((await run()).code, 0);
  fs.writeFileSync(path.join(root, 'references/middle/bright.mrc'), exposureLike(4200));
  const again = await run();
  const done = outcomesOf(again).filter(({ status }) => status === 'done');
  assert.deepEqual(
    done.map(({ output }) => output).sort(),
    ['middle/middle_1.mrc', 'middle/middle_2.mrc'],
    again.stderr,
  );
  assert.equal(outcomesOf(again).filter(({ status }) => status === 'skipped').length, 2);
});

test('a night with new references at 3 a.m. needs one recipe', async (t) => {
  const root = folder(t);
  const three = new Date(2026, 2, 2, 3, 0, 0).getTime();
  const raw = lay(path.join(root, 'raw'), {
    'evening.mrc': exposure({ seed: 1 }),
    'before.mrc': exposure({ seed: 2 }),
    'after.mrc': exposure({ seed: 3 }),
  });
  const at = (name: string, ms: number): void => fs.utimesSync(path.join(raw, name), ms / 1000, ms / 1000);
  at('evening.mrc', three - 8 * 3_600_000);
  at('before.mrc', three - 1000);
  at('after.mrc', three);
  // Copied later: what the microscope wrote beside it counts.
  lay(raw, {
    'copied.mrc': exposure({ seed: 4 }),
    'copied.mrc.mdoc': 'DateTime = 02-Mar-2026  02:30:00\n[ZValue = 0]\n',
  });
  for (const set of ['old', 'new']) fs.mkdirSync(path.join(root, 'references', set), { recursive: true });
  references(path.join(root, 'references', 'old'));
  const { bright } = references(path.join(root, 'references', 'new'));
  fs.writeFileSync(bright, exposureLike(4200));
  const recipe = path.join(root, 'night.yaml');
  fs.writeFileSync(
    recipe,
    [
      'references:',
      setOf('old', ', when: {to: "2026-03-02 03:00"}'),
      setOf('new', ', when: {from: "2026-03-02 03:00"}'),
    ].join('\n'),
  );
  const out = path.join(root, 'out');
  const dry = await darkroom(['run', raw, '--recipe', recipe, '-o', out, '--dry-run']);
  assert.match(dry.stdout, /before\.mrc.*references "old", taken 2026-03-02 02:59:59 by its modification time/);
  assert.match(dry.stdout, /after\.mrc.*references "new", taken 2026-03-02 03:00:00 by its modification time/);
  assert.match(dry.stdout, /copied\.mrc.*references "old", taken 2026-03-02 02:30:00 by its mdoc DateTime/);
  const ended = await darkroom(['run', raw, '--recipe', recipe, '-o', out, '--json']);
  assert.equal(ended.code, 0, ended.stderr);
  const [old, young] = ['old', 'new'].map((set) => path.join(root, 'references', set)) as [string, string];
  await assertUsed(ended, out, { 'evening.mrc': old, 'before.mrc': old, 'copied.mrc': old, 'after.mrc': young });
  // Nothing is done again, though the time of each has to be asked.
  const again = await darkroom(['run', raw, '--recipe', recipe, '-o', out, '--json']);
  assert.deepEqual(
    outcomesOf(again).map(({ status }) => status),
    ['skipped', 'skipped', 'skipped', 'skipped'],
  );
});

/** A bright of another level. */
const exposureLike = (mean: number): Uint8Array => {
  const bytes = Buffer.from(exposure({ seed: 77 }));
  for (let at = 1024; at < bytes.length; at += 2) bytes.writeUInt16LE(mean + (bytes.readUInt16LE(at) % 50), at);
  return bytes;
};

test('no set and two sets are failures of that exposure, with the reason; the others are corrected', async (t) => {
  const { recipe, run } = mixed(t, ['small', 'middle'], ['small', 'middle']);
  fs.writeFileSync(
    recipe,
    [
      'references:',
      setOf('small', ', when: {files: "*_1*"}'),
      setOf('middle'),
      '  - {name: twin, dark: references/middle/dark.mrc, bright: references/middle/bright.mrc, when: {files: middle_2.mrc}}',
    ].join('\n'),
  );
  const ended = await run();
  assert.equal(ended.code, 2);
  const [none, two] = messages(ended).sort((a, b) => b.length - a.length);
  const text = messages(ended).join('\n');
  assert.equal(messages(ended).length, 2, `${none}\n${two}`);
  assert.match(
    text,
    /small_2\.mrc: found no set of references for it \(64 x 48 px, .*"small" wants files \*_1\*, found files small\/small_2\.mrc; add a set/,
  );
  assert.match(
    text,
    /middle_2\.mrc: found 2 sets of references for it, "middle" and "twin" .* expected one; tell them apart/,
  );
  assert.equal(outcomesOf(ended).filter(({ status }) => status === 'done').length, 2);
});

test('sizes that no set has are told once for each size, with the rule to add; with that rule the run is all right', async (t) => {
  const { root, recipe, run, raw, out } = mixed(t, ['small', 'middle', 'large'], ['middle']);
  fs.writeFileSync(recipe, ['references:', setOf('middle')].join('\n'));
  const plain = await darkroom(['run', raw, '--recipe', recipe, '-o', out]);
  assert.equal(plain.code, 2);
  const lines = plain.stderr.split('\n').filter((line) => line.startsWith('failed  '));
  assert.equal(lines.filter((line) => /found 64 x 48 px/.test(line)).length, 1, plain.stderr);
  assert.equal(lines.filter((line) => /found 160 x 128 px/.test(line)).length, 1, plain.stderr);
  const rules = [...plain.stdout.matchAll(/\{when: \{width: \d+, height: \d+\}, do: ignore\}/g)].map(([rule]) => rule);
  assert.equal(new Set(rules).size, 2, plain.stdout);

  fs.writeFileSync(
    recipe,
    ['references:', setOf('middle'), 'rules:', ...[...new Set(rules)].map((rule) => `  - ${rule}`)].join('\n'),
  );
  const ended = await run([], 'fresh');
  assert.equal(ended.code, 0, ended.stderr);
  const finished = ended.events.find((event) => event.event === 'finished');
  assert.deepEqual([finished?.done, finished?.ignored, finished?.failed], [2, 4, 0]);
  assert.deepEqual(Object.keys(outputs(path.join(root, 'fresh'))), ['middle/middle_1.mrc', 'middle/middle_2.mrc']);
});

test('a rule copies byte for byte with the time of the exposure, once, and over nothing that is not a copy', async (t) => {
  const { recipe, run, raw, out } = mixed(t, ['small', 'middle'], ['middle']);
  fs.writeFileSync(
    recipe,
    [
      'references:',
      setOf('middle'),
      'rules:',
      '  - {when: {files: small_1.mrc}, do: copy}',
      '  - {when: {width: ..64}, do: ignore}',
    ].join('\n'),
  );
  const first = await run(['--format', 'tiff']);
  assert.equal(first.code, 0, first.stderr);
  const [from, to] = [path.join(raw, 'small/small_1.mrc'), path.join(out, 'small/small_1.mrc')];
  assert.equal(sha256(to), sha256(from));
  assert.ok(Math.abs(fs.statSync(to).mtimeMs - fs.statSync(from).mtimeMs) < 1);
  const { ino } = fs.statSync(to);
  const finished = first.events.find((event) => event.event === 'finished');
  assert.deepEqual([finished?.done, finished?.copied, finished?.ignored], [2, 1, 1]);
  const again = await run(['--format', 'tiff']);
  assert.equal(again.code, 0, again.stderr);
  assert.equal(fs.statSync(to).ino, ino, 'it is not copied again');

  fs.writeFileSync(to, 'of another program');
  const third = await run(['--format', 'tiff']);
  assert.equal(third.code, 2);
  assert.match(messages(third).join(), /small_1\.mrc: exists and was not made by darkroom/);
  assert.equal(fs.readFileSync(to, 'utf8'), 'of another program');
});

test('references that are refused while the run goes on fail the exposures that need them, and no others', async (t) => {
  const { root, recipe, run } = mixed(t, ['small', 'middle']);
  const bright = path.join(root, 'references/small/bright.mrc');
  fs.writeFileSync(bright, fs.readFileSync(path.join(root, 'references/small/dark.mrc')));
  fs.writeFileSync(recipe, ['references:', setOf('small'), setOf('middle')].join('\n'));
  const ended = await run();
  assert.equal(ended.code, 2);
  assert.equal(messages(ended).length, 2);
  for (const message of messages(ended)) assert.match(message, /--dark and --bright are the same file/);
  assert.equal(outcomesOf(ended).filter(({ status }) => status === 'done').length, 2);
});

test('what is wrong in a recipe is said by its key before any exposure is read', async (t) => {
  const { recipe, run, out } = mixed(t, ['small']);
  const cases: [string, RegExp][] = [
    ['references: {dark: x}', /recipe\.yaml: references: found .* expected a list of sets/],
    ['references: [[1]]', /references\[1\]: found \[1\], expected a set such as/],
    ['references: [{when: {width: 64}}]', /references\[1\]: found no references, expected dark and bright, or norm/],
    [
      `references:\n${setOf('small', ', when: {width: wide}')}`,
      /references\[1\]\.when\.width: found "wide", expected a number \(px\)/,
    ],
    [
      `references:\n${setOf('small', ', when: {widht: 64}')}`,
      /references\[1\]\.when: there is no key "widht"; did you mean width\?/,
    ],
    [
      `references:\n${setOf('small', ', when: {from: "2026-02-30"}')}`,
      /references\[1\]\.when\.from: found "2026-02-30", expected a time/,
    ],
    [
      `references:\n${setOf('small', ', when: {from: "2026-03-02", to: "2026-03-01"}')}`,
      /references\[1\]\.when: from 2026-03-02 00:00:00 is not before/,
    ],
    [
      `references:\n${setOf('small')}\n${setOf('small')}`,
      /references\[1\] and references\[2\] have the same name, "small"/,
    ],
    [
      `references:\n${setOf('small')}\nrules: [{when: {width: 64}, do: delete}]`,
      /rules\[1\]\.do: found "delete", expected correct, copy or ignore/,
    ],
    [`references:\n${setOf('small')}\ndark: references/small/dark.mrc`, /references lists sets, but dark/],
    [`references:\n${setOf('missing')}`, /references "missing", dark: .*dark\.mrc: is not there/],
  ];
  for (const [text, message] of cases) {
    fs.writeFileSync(recipe, text);
    const ended = await run();
    assert.equal(ended.code, 1, text);
    assert.match(ended.stderr, message);
    assert.equal(fs.existsSync(out), false, text);
  }
});

test('references that an mdoc names are followed, by their names in the folders above; one that is nowhere is a failure', async (t) => {
  const root = folder(t);
  references(root);
  fs.renameSync(path.join(root, 'bright.mrc'), path.join(root, 'source.mrc'));
  fs.mkdirSync(path.join(root, 'session'));
  const made = await darkroom([
    'reference',
    'norm',
    '--dark',
    `${root}/dark.mrc`,
    '--bright',
    `${root}/source.mrc`,
    '--out',
    `${root}/session/CountRef.mrc`,
  ]);
  assert.equal(made.code, 0, made.stderr);
  const mdoc = (gain: string): string => `[FrameSet = 0]\nGainReference = ${gain}\n`;
  const raw = lay(path.join(root, 'session/raw'), {
    'a.mrc': exposure({ seed: 1 }),
    'a.mrc.mdoc': mdoc('X:\\frames\\CountRef.mrc'),
    'b.mrc': exposure({ seed: 2 }),
    'b.mrc.mdoc': mdoc('CountRef_lost.mrc'),
    'c.mrc': exposure({ seed: 3 }),
  });
  const ended = await darkroom(['run', raw, '--follow-references', '-o', path.join(root, 'out'), '--json']);
  assert.equal(ended.code, 2, ended.stderr);
  const [done] = outcomesOf(ended).filter(({ status }) => status === 'done');
  assert.ok(done?.status === 'done' && path.basename(done.input) === 'a.mrc');
  assert.deepEqual(
    done.references?.map(({ role, hash }) => [role, hash]),
    [['norm', sha256(path.join(root, 'session/CountRef.mrc'))]],
  );
  const text = messages(ended).join('\n');
  assert.match(
    text,
    /b\.mrc: its metadata name the gain reference CountRef_lost\.mrc, which is not in .*; copy it there/,
  );
  assert.match(text, /c\.mrc: found no set of references for it .*there is none/);
});
