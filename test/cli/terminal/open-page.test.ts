/** --open: the page in the browser, or a sentence that says where it is. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { exposure } from '../../run/darkroom.ts';
import { BIN, folderFor } from '../call.ts';

const elsewhere = { skip: process.platform === 'linux' ? false : 'xdg-open is what Linux has' };

test(
  '--open hands the page to the browser; without display or browser it names the page, and the exit code stays',
  elsewhere,
  (t) => {
    const folder = folderFor(t);
    const [raw, out, programs] = ['raw', 'out', 'programs'].map((name) => path.join(folder, name)) as [
      string,
      string,
      string,
    ];
    for (const made of [raw, programs]) fs.mkdirSync(made);
    fs.writeFileSync(path.join(raw, 'a.mrc'), exposure());
    const page = path.join(out, 'report.html');
    const run = (env: Record<string, string>, ...argv: string[]) =>
      spawnSync(process.execPath, [BIN, ...argv, '--open'], {
        encoding: 'utf8',
        env: { PATH: programs, HOME: folder, ...env },
      });
    const [command, display] = [['run', raw, '-o', out, '--no-flat-field', '--threads', '1'], { DISPLAY: ':7' }];

    const none = run({}, ...command);
    assert.equal(none.status, 0);
    assert.ok(none.stderr.endsWith(`--open: there is no display here; open the page yourself: ${page}\n`), none.stderr);
    const missing = run(display, ...command);
    assert.equal(missing.stderr, `--open: xdg-open is not installed; open the page yourself: ${page}\n`);

    const opener = path.join(programs, 'xdg-open');
    const opened = path.join(folder, 'opened');
    fs.writeFileSync(opener, `#!/bin/sh\necho "$1" >>${opened}\n`, { mode: 0o755 });
    for (const argv of [command, ['report', out]]) {
      const good = run(display, ...argv);
      assert.deepEqual([good.status, good.stderr], [0, '']);
      assert.ok(good.stdout.endsWith(`report: ${page}\n`), good.stdout);
    }
    assert.equal(fs.readFileSync(opened, 'utf8'), `${page}\n${page}\n`);
    const watch = run(
      display,
      'watch',
      raw,
      '-o',
      `${out}2`,
      '--no-flat-field',
      '--settle',
      '0.2',
      '--until-idle',
      '3',
      '--quiet',
    );
    assert.deepEqual([watch.status, watch.stderr, watch.stdout], [0, '', '']);
    assert.equal(fs.readFileSync(opened, 'utf8'), `${page}\n${page}\n${path.join(`${out}2`, 'report.html')}\n`, 'once');

    fs.writeFileSync(opener, '#!/bin/sh\nexit 3\n');
    assert.match(run(display, ...command).stderr, /^--open: xdg-open failed \(exit code 3\); open the page yourself/);
  },
);
