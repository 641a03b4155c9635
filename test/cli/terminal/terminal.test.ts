/** The command on real terminals of every width, with none, and on one that changes under way. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { exposure } from '../../run/darkroom.ts';
import { folderFor } from '../call.ts';
import { NO_PTY, Terminal } from './pty.ts';

const needsPty = { skip: NO_PTY };

/** Six exposures, one of which is none. */
function raw(t: { after(clean: () => void): void }): { raw: string; out: string } {
  const folder = folderFor(t);
  const raw = path.join(folder, 'raw');
  fs.mkdirSync(raw);
  for (let seed = 1; seed <= 5; seed++) fs.writeFileSync(path.join(raw, `grid_${seed}.mrc`), exposure({ seed }));
  fs.writeFileSync(path.join(raw, 'grid_6.mrc'), 'no image '.repeat(500));
  return { raw, out: path.join(folder, 'out') };
}

/** A terminal without a window says 0 columns; a live line would then be drawn for ever. */
for (const columns of [0, 1, 20, 60, 80, 120]) {
  test(
    `run and watch end on a terminal of ${columns} columns, and no line of theirs is broken inside a word`,
    needsPty,
    async (t) => {
      const at = raw(t);
      const run = new Terminal(t, columns, ['run', at.raw, '-o', at.out, '--no-flat-field', '--threads', '1']);
      assert.equal(await run.ended(), 2, run.screen.slice(0, 2000));
      const watch = new Terminal(t, columns, [
        ...[
          'watch',
          at.raw,
          '-o',
          `${at.out}2`,
          '--no-flat-field',
          '--threads',
          '1',
          '--settle',
          '0.3',
          '--until-idle',
          '2',
        ],
      ]);
      assert.equal(await watch.ended(), 2, watch.screen.slice(0, 2000));
      for (const { screen } of [run, watch]) assert.ok(screen.length < 20_000, `${screen.length} characters`);
      for (const out of [at.out, `${at.out}2`])
        assert.equal(fs.readdirSync(out).filter((each) => /^grid/.test(each)).length, 5);
      for (const whole of [path.join(at.raw, 'grid_6.mrc'), at.out, path.join(at.out, 'report.html')])
        assert.ok(
          run.lines().some((line) => line.includes(whole)),
          `${whole} can be copied`,
        );
      if (columns < 60) return;
      // A line may be longer where there is nothing but one path, behind a label.
      for (const line of [...run.lines(), ...watch.lines()])
        assert.ok(line.length <= columns || /^ *(\S+:? +)?\S+$/.test(line), `${line.length} columns: ${line}`);
    },
  );
}

test(
  'failures are red on a terminal, unless NO_COLOR is set; watch says what it watches, where it writes, how to stop',
  needsPty,
  async (t) => {
    const at = raw(t);
    const argv = ['watch', at.raw, '-o', at.out, '--no-flat-field', '--settle', '0.3', '--until-idle', '2'];
    const coloured = new Terminal(t, 80, argv);
    assert.equal(await coloured.ended(), 2);
    assert.ok(/\[31mfailed\S+ {2}\S*grid_6\.mrc/.test(coloured.screen), coloured.screen);
    const plain = new Terminal(t, 80, argv, { NO_COLOR: '1' });
    assert.equal(await plain.ended(), 2);
    assert.ok(!plain.screen.includes('[31m'), plain.screen);
    const said = coloured.lines().join('\n');
    for (const part of [`watching  ${at.raw}`, `writing   ${at.out}`, 'to stop   press Ctrl-C'])
      assert.ok(said.includes(part), `${part}\n${said}`);
    assert.ok(said.indexOf('to stop') < said.indexOf('failed  '), 'it begins with that');
  },
);

test(
  'a terminal that loses its width in the middle, and gets it back, neither stops a watch nor floods',
  needsPty,
  async (t) => {
    const at = raw(t);
    const watch = new Terminal(t, 80, [
      ...['watch', at.raw, '-o', at.out, '--no-flat-field', '--threads', '1', '--settle', '0.3'],
    ]);
    assert.ok(await watch.shows(/5 corrected/), watch.screen);
    watch.resize(0);
    await sleep(500);
    const before = watch.screen.length;
    fs.writeFileSync(path.join(at.raw, 'late.mrc'), exposure({ seed: 9 }));
    while (!fs.existsSync(path.join(at.out, 'late.mrc'))) await sleep(50);
    assert.ok(watch.screen.length < before + 2000, 'no flood');
    watch.resize(100);
    assert.ok(await watch.shows(/6 corrected/), watch.screen);
    watch.type('\x03');
    assert.equal(await watch.ended(), 130, watch.screen);
  },
);
