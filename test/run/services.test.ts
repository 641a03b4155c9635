/** The units and the script in samples/: what systemd says of them, and what the script makes of a facility's folders. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BIN, exposure, folder, lay } from './darkroom.ts';

const SAMPLES = fileURLToPath(new URL('../../../samples', import.meta.url));
const UNITS = fs.readdirSync(SAMPLES).filter((name) => /\.(service|timer)$/.test(name));

/** What a unit says, by the name of the setting. */
const settingsOf = (unit: string): Map<string, string> =>
  new Map(
    [...fs.readFileSync(path.join(SAMPLES, unit), 'utf8').matchAll(/^([A-Za-z]+)=(.*)$/gm)].map(([, name, value]) => [
      name!,
      value!,
    ]),
  );

test('systemd finds nothing wrong with the units', (t) => {
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) return t.skip('needs systemd-analyze');
  const at = folder(t);
  for (const unit of UNITS) fs.copyFileSync(path.join(SAMPLES, unit), path.join(at, unit));
  for (const unit of UNITS) {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', `./${unit}`], {
      cwd: at,
      encoding: 'utf8',
    });
    assert.deepEqual([status, stdout, stderr], [0, '', ''], unit);
  }
});

test('units see raw files read-only, write nothing but their output, and find darkroom where it is installed', () => {
  for (const unit of ['darkroom-watch.service', 'darkroom-nightly.service']) {
    const is = settingsOf(unit);
    const [, raw, out] = / (\/data\/raw) (?:--out )?(\/data\/corrected\/\w+) /.exec(is.get('ExecStart')!)!;
    const sandbox = ['ProtectSystem', 'NoNewPrivileges', 'PrivateTmp', 'ReadOnlyPaths', 'ReadWritePaths'];
    assert.deepEqual(
      sandbox.map((name) => is.get(name)),
      ['strict', 'yes', 'yes', raw, out],
      unit,
    );
    assert.match(is.get('Environment')!, /^PATH=/);
    assert.equal(is.get('OnFailure'), 'darkroom-mail@%n.service');
    assert.ok(UNITS.includes('darkroom-mail@.service'));
  }
});

test('wrong options are not tried for ever, trouble of the environment is tried again; both units may run side by side', () => {
  const watch = settingsOf('darkroom-watch.service');
  const prevented = watch.get('RestartPreventExitStatus')!.split(' ');
  const restarts = [prevented.includes('1'), prevented.includes('3'), watch.get('Restart')];
  assert.deepEqual(restarts, [true, false, 'on-failure']);
  assert.match(watch.get('StartLimitIntervalSec')!, /^[1-9]/);
  const units = ['darkroom-watch.service', 'darkroom-nightly.service'];
  assert.equal(new Set(units.map((unit) => settingsOf(unit).get('ReadWritePaths'))).size, 2, 'one lock each');
});

test('the nightly script: each recent session in a folder of its own, the worst exit code, trends, quiet when all is well', (t) => {
  const root = folder(t);
  const at = (name: string): string => path.join(root, name);
  const [raw, out, programs] = [at('raw'), at('nights'), at('programs')];
  lay(raw, {
    '2026-11-23/a.mrc': exposure({ seed: 1 }),
    '2026-11-24 night/deep/b.mrc': exposure({ seed: 2 }),
    'years ago/c.mrc': exposure({ seed: 3 }),
  });
  fs.utimesSync(path.join(raw, 'years ago/c.mrc'), 1e9, 1e9);
  fs.mkdirSync(programs);
  const program = `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`;
  fs.writeFileSync(path.join(programs, 'darkroom'), program, { mode: 0o755 });
  const nightly = (...more: string[]) =>
    spawnSync(
      'sh',
      [path.join(SAMPLES, 'darkroom-nightly.sh'), raw, out, '--no-flat-field', '--threads', '1', ...more],
      { encoding: 'utf8', env: { ...process.env, PATH: `${programs}:${process.env.PATH}` } },
    );
  for (const time of ['first', 'second']) {
    const { status, stdout, stderr } = nightly('--quiet');
    assert.deepEqual([status, stdout, stderr], [0, '', ''], time);
    const made = fs
      .readdirSync(out, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.mrc$|trends/.test(name));
    const expected = ['2026-11-23/a.mrc', '2026-11-24 night/deep/b.mrc', 'trends.html', 'trends.json'];
    assert.deepEqual(made.sort(), expected);
  }

  fs.writeFileSync(path.join(raw, '2026-11-23/bad.mrc'), 'no image');
  const bad = nightly('--quiet');
  assert.equal(bad.status, 2, bad.stderr);
  assert.match(bad.stderr, /^failed {2}.*bad\.mrc: [^\n]*\n$/);
  fs.rmSync(path.join(raw, '2026-11-23/bad.mrc'));
  fs.copyFileSync(path.join(raw, 'years ago/c.mrc'), path.join(raw, 'loose.mrc'));
  const loose = nightly('--quiet');
  assert.deepEqual([loose.status, /1 exposures lie in .* itself/.test(loose.stderr)], [2, true], loose.stderr);
  assert.equal(nightly('--recipe', at('none.yaml')).status, 1, 'a wrong recipe weighs more than failures');
  fs.renameSync(raw, at('unmounted'));
  const away = nightly('--quiet');
  assert.deepEqual([away.status, /is its share mounted/.test(away.stderr)], [1, true]);
  fs.mkdirSync(raw);
  assert.equal(nightly('--quiet').status, 2, 'an empty mount point is no quiet night');
});
