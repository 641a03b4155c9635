/** The walks of CONTRIBUTING.md are true: their code is put into a copy of the source, compiled, and run. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import { BIN, folderFor } from './cli/call.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const guide = fs.readFileSync(path.join(ROOT, 'CONTRIBUTING.md'), 'utf8');

/** A copy of the project with the walk's code in it, compiled; `darkroom` runs it in the folder of the copy. */
function after(t: TestContext, walk: string) {
  const copy = folderFor(t);
  for (const name of ['src', 'bin', 'samples', 'package.json', 'tsconfig.json'])
    fs.cpSync(path.join(ROOT, name), path.join(copy, name), { recursive: true });
  // What the walks leave alone is built already: kernels, and the script of the page.
  fs.cpSync(path.join(ROOT, 'dist/src'), path.join(copy, 'dist/src'), { recursive: true });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  const settings = JSON.parse(fs.readFileSync(path.join(copy, 'tsconfig.json'), 'utf8'));
  fs.writeFileSync(path.join(copy, 'tsconfig.json'), JSON.stringify({ ...settings, include: ['src'] }));
  const section = guide.split(/^## /m).find((part) => part.startsWith(`Walk: ${walk}\n`));
  assert.ok(section, `CONTRIBUTING.md has the walk "${walk}"`);
  for (const [, language, code] of section.matchAll(/^```(\w+)\n(.*?)^```/gms)) apply(copy, language!, code!);
  const built = spawnSync(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', copy], {
    encoding: 'utf8',
  });
  assert.equal(built.status, 0, built.stdout);
  const darkroom = (...argv: string[]) => {
    const bin = path.join(copy, 'bin/darkroom.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...argv], { cwd: copy, encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  return { copy, darkroom };
}

/** `ts`: a new file, named by its first line. `diff`: lines of the file that it names, which must be there once. */
function apply(copy: string, language: string, code: string): void {
  const [first, ...lines] = code.trimEnd().split('\n');
  if (language === 'ts') {
    const file = path.join(copy, first!.replace('// ', ''));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, `${lines.join('\n')}\n`);
    return;
  }
  if (language !== 'diff') return;
  const file = path.join(copy, first!.replace('--- ', ''));
  const text = fs.readFileSync(file, 'utf8');
  const side = (sign: string): string =>
    lines
      .filter((line) => line.startsWith(' ') || line.startsWith(sign))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  assert.equal(text.split(side('-')).length, 2, `${first} has once:\n${side('-')}`);
  fs.writeFileSync(
    file,
    text.replace(side('-'), () => side('+')),
  );
}

test('the walk to a file format makes one that is found, read, written, listed and known again', (t) => {
  const { copy, darkroom } = after(t, 'a file format');
  const header = Buffer.alloc(16);
  header.write('PLNu', 'latin1');
  for (const [i, size] of [61, 47, 1].entries()) header.writeUInt32LE(size, 4 + 4 * i);
  const pixels = Uint16Array.from({ length: 61 * 47 }, (_, i) => 500 + ((i * 7919) % 60));
  fs.mkdirSync(path.join(copy, 'raw'));
  fs.writeFileSync(path.join(copy, 'raw/a.plain'), Buffer.concat([header, new Uint8Array(pixels.buffer)]));
  fs.writeFileSync(path.join(copy, 'raw/short.plain'), Buffer.concat([header, new Uint8Array(100)]));

  assert.match(darkroom('info', 'raw/a.plain').stdout, /61 x 47 px, uint16, plain/);
  assert.match(darkroom('run', '--help').stdout, /same \| mrc \| tiff \| plain/);
  assert.match(darkroom('run', '--json-schema').stdout, /"plain"/);
  const run = ['run', 'raw', '--no-flat-field', '--out', 'out'];
  const { status, stderr } = darkroom(...run);
  assert.equal(status, 2);
  assert.match(stderr, /short\.plain: found 116 bytes, expected 5750; copy it again/);
  const output = fs.readFileSync(path.join(copy, 'out/a.plain'));
  assert.deepEqual(output.subarray(0, 16), header);
  assert.deepEqual(output.subarray(16, 16 + pixels.byteLength), Buffer.from(pixels.buffer));
  assert.match(output.toString('latin1', 16 + pixels.byteLength), /^darkroom \d+\.\d+\.\d+: /);
  // Without a journal the next run knows it by its mark, and takes it for no raw exposure.
  for (const name of fs.readdirSync(path.join(copy, 'out')).filter((each) => each.startsWith('darkroom.sqlite')))
    fs.rmSync(path.join(copy, 'out', name));
  assert.match(darkroom(...run).stdout, /done +1\n/);
  assert.match(darkroom('run', 'out/a.plain', '--no-flat-field', '--out', 'twice').stderr, /corrected/);
});

/** The command without the walk's code. */
const darkroomBefore = (cwd: string, ...argv: string[]) =>
  spawnSync(process.execPath, [BIN, ...argv], { cwd, encoding: 'utf8' });

const REFERENCES = ['--dark', 'samples/dark.mrc', '--bright', 'samples/bright.mrc'];

test('the walk to a correction makes one with an option, a place in recipes, a label and a part of the resume key', (t) => {
  const { copy, darkroom } = after(t, 'a correction');
  const first = path.join(copy, 'samples/raw/exposure_0001.mrc');
  assert.match(
    darkroom('run', '--help').stdout.replaceAll(/\s+/g, ' '),
    /--invert-about write this number minus the counts/,
  );
  assert.match(darkroom('recipe').stdout, /^#invertAbout: /m);
  const run = (...more: string[]) => darkroom('run', first, ...REFERENCES, '--out', 'out', ...more);
  const pixels = (): Uint16Array => {
    const bytes = fs.readFileSync(path.join(copy, 'out/exposure_0001.mrc'));
    assert.equal(bytes.length, 1024 + 2 * 384 * 256);
    return new Uint16Array(bytes.buffer.slice(bytes.byteOffset + 1024, bytes.byteOffset + bytes.length));
  };
  const before = darkroomBefore(copy, 'run', first, ...REFERENCES, '--out', 'out');
  assert.equal(before.status, 0, before.stderr);
  const plain = pixels();
  assert.match(run().stdout, /nothing new: 1 exposure/, 'an idle step changes no key');
  assert.match(run('--invert-about', '3000').stdout, /done +1\n/, 'another option is another key');
  // Halves are rounded to even, before and after.
  const inverted = pixels();
  const wrong = plain.filter((counts, i) => Math.abs(3000 - counts - inverted[i]!) > 1).length;
  assert.equal(wrong, 0);
  assert.match(fs.readFileSync(path.join(copy, 'out/exposure_0001.mrc')).toString('latin1', 0, 1024), /invert 3000/);
  assert.match(run('--invert-about', '3000').stdout, /nothing new: 1 exposure/);
  const report = JSON.parse(fs.readFileSync(path.join(copy, 'out/report.json'), 'utf8'));
  assert.ok(JSON.stringify(report.effectiveRecipe).includes('"invertAbout","value":3000'));
});

test('the walk to a figure brings it to journal, CSV, JSON, both schemas and the page', (t) => {
  const { copy, darkroom } = after(t, 'a figure of each exposure');
  assert.match(darkroom('run', '--json-schema').stdout, /"dispersion"/);
  assert.match(darkroom('report', '--json-schema').stdout, /"dispersion"/);
  const { status, stdout } = darkroom('run', 'samples/raw', ...REFERENCES, '--out', 'out', '--json');
  assert.equal(status, 0);
  const outcome = stdout.split('\n').find((line) => line.includes('"dispersion"')) ?? assert.fail('an event has it');
  const { mean, deviation, dispersion } = JSON.parse(outcome).outcome.statistics;
  assert.equal(dispersion, deviation ** 2 / mean);
  const database = new DatabaseSync(path.join(copy, 'out/darkroom.sqlite'), { readOnly: true });
  t.after(() => database.close());
  const rows = database.prepare('SELECT mean, deviation, dispersion FROM exposures').all() as Record<string, number>[];
  assert.equal(rows.length, 6);
  for (const row of rows) assert.equal(row.dispersion, row.deviation! ** 2 / row.mean!);
  const out = (name: string): string => fs.readFileSync(path.join(copy, 'out', name), 'utf8');
  assert.match(out('exposures.csv').split('\r\n')[0]!, /,dispersion,/);
  const [first] = JSON.parse(out('report.json')).exposures;
  assert.equal(first.statistics.dispersion, first.statistics.deviation ** 2 / first.statistics.mean);
  assert.match(out('report.html'), /dispersion/);
});
