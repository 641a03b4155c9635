/** What programs read: events on stdout, the report, and their published schemas. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { departures } from '../report/conforms.ts';
import { BIN, darkroom, exposure, folder, journal, lay, outputs, report, stack } from './darkroom.ts';

/** Good, suspect, failed, unreadable and oddly named exposures of every kind. */
function mixed(t: TestContext): { raw: string; out: string; root: string } {
  const root = folder(t);
  const bright = Uint16Array.from({ length: 128 * 96 }, (_, i) => 40_000 + (i % 7));
  const raw = lay(path.join(root, 'raw'), {
    'good.mrc': exposure({ seed: 1 }),
    'new\nline.mrc': exposure({ seed: 2 }),
    'movie.mrcs': stack(2),
    'suspect.mrc': exposure({ pixels: bright }),
    'float.mrc': exposure({ mode: 2 }),
    'late.mrc': exposure().subarray(0, 5000),
    'text.tif': 'no image',
    'x.mib': 'not read',
  });
  fs.symlinkSync('nowhere', path.join(raw, 'gone.mrc'));
  return { root, raw, out: path.join(root, 'out') };
}

test('every line that --json prints, of runs and of --dry-run, is as the published schema says, and figures agree', async (t) => {
  const { raw, out } = mixed(t);
  const schema = JSON.parse((await darkroom(['run', '--json-schema'])).stdout) as Record<string, unknown>;
  const command = ['run', raw, '-o', out, '--no-flat-field', '--json'];
  let lines = 0;
  for (const more of [['--dry-run'], [], [], ['--force', '--type', 'float32', '--format', 'tiff'], ['--dry-run']]) {
    const { code, stdout, stderr } = await darkroom([...command, ...more]);
    assert.equal(code, more.includes('--dry-run') ? 0 : 2, stderr);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const event of events) assert.deepEqual(departures(event, schema), []);
    lines += events.length;
    if (more.includes('--dry-run')) continue;

    const kinds = events.map(({ event }) => event as string);
    assert.equal(kinds.filter((kind) => kind === 'started').length, 1);
    assert.equal(kinds.indexOf('finished'), kinds.length - 1, 'the last event');
    const finished = events.at(-1);
    const counted = (status: string): number => events.filter(({ outcome }) => outcome?.status === status).length;
    assert.deepEqual(
      [finished.done, finished.skipped, finished.failed],
      [counted('done'), counted('skipped'), counted('failed')],
    );
    assert.equal(finished.done + finished.skipped + finished.failed, 8);
    assert.equal(finished.exit, 2);
  }
  assert.ok(lines > 40);
});

test('report.json is as its published schema says, also when it is made again; its totals are the sums of its rows', async (t) => {
  const { raw, out } = mixed(t);
  const schema = JSON.parse((await darkroom(['report', '--json-schema'])).stdout) as Record<string, unknown>;
  assert.equal((await darkroom(['run', raw, '-o', out, '--no-flat-field'])).code, 2);
  const written = fs.readFileSync(path.join(out, 'report.json'), 'utf8');
  const told = report(out);
  assert.deepEqual(departures(told, schema), []);

  const { exposures, totals } = told;
  assert.equal(exposures.length, 8);
  const sum = (figure: (each: (typeof exposures)[number]) => number): number =>
    exposures.reduce((all, each) => all + figure(each), 0);
  assert.equal(totals.exposures, 8);
  for (const status of ['done', 'skipped', 'failed'] as const)
    assert.equal(
      totals[status],
      sum((each) => (each.status === status ? 1 : 0)),
      status,
    );
  assert.equal(
    totals.suspect,
    sum(({ suspect }) => (suspect.length > 0 ? 1 : 0)),
  );
  assert.equal(totals.suspect, 1);
  assert.equal(
    totals.bytesOut,
    sum(({ bytesOut }) => bytesOut ?? 0),
  );
  for (const name of Object.keys(totals.counts) as (keyof typeof totals.counts)[])
    assert.equal(
      totals.counts[name],
      sum(({ counts }) => counts?.[name] ?? 0),
      name,
    );
  for (const name of Object.keys(totals.seconds) as (keyof typeof totals.seconds)[])
    assert.equal(
      Math.round(totals.seconds[name] * 1e6),
      Math.round(sum(({ seconds }) => seconds?.[name] ?? 0) * 1e6),
      name,
    );
  for (const { output, bytesOut, status } of exposures)
    if (status === 'done') assert.equal(fs.statSync(path.join(out, output)).size, bytesOut, output);

  fs.rmSync(path.join(out, 'report.json'));
  assert.equal((await darkroom(['report', out])).code, 0);
  // But for when it was made.
  const undated = (text: string): string => text.replace(/"made": "[^"]*"/, '');
  assert.equal(undated(fs.readFileSync(path.join(out, 'report.json'), 'utf8')), undated(written));
});

test('with --no-timings the report has its totals and the time saved, and the journal no row for a correction', async (t) => {
  const { raw, out } = mixed(t);
  const { code, stderr } = await darkroom(['run', raw, '-o', out, '--no-flat-field', '--no-timings']);
  assert.equal(code, 2, stderr);
  const { exposures, totals, days, timeSaved, stages } = report(out);
  assert.deepEqual(journal(out, 'SELECT count(*) AS rows FROM timings'), [{ rows: 0 }]);
  assert.ok(exposures.every(({ seconds }) => seconds === null));
  assert.deepEqual([days.length, days[0]!.corrections, totals.done], [1, totals.done, totals.done]);
  assert.deepEqual(totals.seconds, days[0]!.seconds);
  assert.ok(totals.seconds.read > 0 && timeSaved[0]!.exposures === totals.done);
  assert.ok(stages.every(({ name, total, longest }) => total === totals.seconds[name] && longest === 0));
});

test('whoever stops reading stdout, or never read it, does not stop the run', (t) => {
  const root = folder(t);
  const files = Array.from({ length: 8 }, (_, i) => [`e${i}.mrc`, exposure({ width: 256, height: 192, seed: i })]);
  const raw = lay(path.join(root, 'raw'), Object.fromEntries(files));
  if (spawnSync('bash', ['-c', 'exit 0']).status !== 0)
    return t.skip('no bash, which alone tells how the first of a pipe ended');
  const ways = { head: '| head -1; exit $PIPESTATUS', closed: '>&-', full: '> /dev/full' };
  for (const [name, way] of Object.entries(ways)) {
    if (name === 'full' && !fs.existsSync('/dev/full')) continue;
    const out = path.join(root, name);
    const env = { ...process.env, NODE: process.execPath, BIN, RAW: raw, OUT: out };
    const script = `"$NODE" "$BIN" run "$RAW" -o "$OUT" --no-flat-field --json ${way}`;
    const { status, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8', env });
    assert.equal(status, 0, `${name}: ${stderr}`);
    assert.equal(Object.keys(outputs(out)).length, 8, name);
    assert.equal(report(out).run.exitCode, 0, name);
  }
});
