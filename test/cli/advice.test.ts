/** Advice is followed here, and has to lead to a good end. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { ofNamedFile } from '../../src/cli/parsing/named-file.ts';
import { exposure, lay } from '../run/darkroom.ts';
import { darkroom, folderFor } from './call.ts';

const SRC = fileURLToPath(new URL('../../../src', import.meta.url));

test('verify: what it advises corrects the outputs that differ, and no others', (t) => {
  for (const options of [[], ['--format', 'tiff', '--compression', 'deflate']]) {
    const folder = folderFor(t);
    const raw = lay(
      path.join(folder, 'raw'),
      Object.fromEntries(['a', 'b', 'c', 'd'].map((name, seed) => [`${name}.mrc`, exposure({ seed })])),
    );
    const out = path.join(folder, 'out');
    const command = ['run', raw, '-o', out, '--no-flat-field', '--threads', '1', ...options];
    assert.equal(darkroom(...command).code, 0);
    const names = fs.readdirSync(out).filter((name) => /^[a-d]\./.test(name));
    const [a, b, c, d] = names.sort().map((name) => path.join(out, name)) as [string, string, string, string];
    const good = fs.readFileSync(a);
    // Same size, other content; and, in TIFF, content that does not even decode.
    fs.writeFileSync(a, Buffer.from(good).fill(0x55, good.length - 100));
    fs.truncateSync(b, 100);
    fs.rmSync(c);
    const untouched = fs.statSync(d, { bigint: true }).mtimeNs;

    const bad = darkroom('verify', out);
    assert.equal(bad.code, 2);
    const advised = [...bad.err.matchAll(/^differs {2}(\S+): .*; (.*)$/gm)].map(
      ([, name, advice]) => [name!, advice!] as const,
    );
    assert.equal(advised.length, 3, bad.err);
    for (const [name, advice] of advised) {
      if (advice.startsWith('remove it and run again')) fs.rmSync(path.join(out, name));
      else assert.match(advice, /^run again/);
    }
    const again = darkroom(...command);
    assert.equal(again.code, 0, again.err);
    assert.match(again.out, /^3 exposures corrected, 1 done already/m);
    assert.deepEqual(fs.readFileSync(a), good);
    assert.equal(fs.statSync(d, { bigint: true }).mtimeNs, untouched);
    assert.equal(darkroom('verify', out).code, 0);
  }
});

test('info of a folder says to name the files in it', (t) => {
  const folder = folderFor(t);
  const raw = lay(path.join(folder, 'raw'), { 'a.mrc': exposure() });
  const { code, err } = darkroom('info', raw);
  assert.deepEqual([code, err], [2, `failed  ${raw}: found a folder, expected a file; name the files in it\n`]);
  assert.equal(darkroom('info', path.join(raw, 'a.mrc')).code, 0);
});

test('a file that somebody named is never to be left out with --exclude, whatever is wrong with it', (t) => {
  const advice = fs
    .readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('named-file') && !name.includes('report'))
    .flatMap(
      (name) =>
        fs
          .readFileSync(path.join(SRC, name), 'utf8')
          .match(/[^`'\n]*leave (?:it|others) out with --exclude(?: '[^'\n]*')?/g) ?? [],
    )
    .map((text) => ofNamedFile(`/raw/a.mrc: found x; ${text.replace(/^.*; /, '')}`));
  assert.ok(advice.length >= 5, advice.join('\n'));
  for (const text of advice) {
    assert.doesNotMatch(text, /--exclude/);
    assert.match(text, /; \w+/, 'something is still advised');
  }
  const folder = folderFor(t);
  const raw = lay(path.join(folder, 'raw'), { 'a.mrc': exposure() });
  const text = path.join(folder, 'defects.txt');
  fs.writeFileSync(text, 'bad columns: 3 4 5\n'.repeat(100));
  for (const line of [
    ['run', raw, '-o', path.join(folder, 'out'), '--no-flat-field', '--defects', text],
    ['run', raw, '-o', path.join(folder, 'out'), '--norm', raw],
    ['run', raw, '-o', path.join(folder, 'out'), '--no-flat-field', '--recipe', raw],
    ['reference', 'dark', text, text, text, '-o', path.join(folder, 'dark.mrc')],
    ['info', text],
  ]) {
    const { code, err } = darkroom(...line);
    assert.notEqual(code, 0);
    assert.doesNotMatch(err, /--exclude/, line.join(' '));
  }
});

test('an option of watch in a recipe is sent to the command line of watch', (t) => {
  const folder = folderFor(t);
  const recipe = path.join(folder, 'night.yaml');
  for (const [key, said] of [
    ['settle: 3', /give --settle on the command line of darkroom watch\n/],
    ['force: true', /give --force on the command line\n/],
  ] as const) {
    fs.writeFileSync(recipe, `${key}\n`);
    assert.match(darkroom('run', folder, '-o', path.join(folder, 'out'), '--recipe', recipe).err, said);
  }
});
