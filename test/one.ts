/**
 * `npm run test:one -- despike`: the test files whose path has the word in it, or else the tests whose name has it. With
 * several words, the files that have all of them.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const words = process.argv.slice(2);

const files = fs
  .readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js'))
  .sort();
// People name the source, or the file beside others of its kind.
const wanted = words.map((word) => word.replace(/^(\.\/)?(dist\/)?test\//, '').replace(/(\.test)?\.[jt]s$/, ''));
const named = files.filter((file) => wanted.every((word) => file.includes(word)));
const phrase = words.join(' ');

if (words.length === 0) refuse('found no word, expected part of a path or of a name: npm run test:one -- despike');
else if (named.length > 0) run(named.join('\n'), named);
else {
  // Only files that have the words: the runner would load all others to find no test in them.
  const holding = files.filter((file) => fs.readFileSync(path.join(folder, file), 'utf8').includes(phrase));
  if (holding.length === 0) refuse(`found no test with "${phrase}" in its path or name`);
  else run(`tests with "${phrase}" in their names`, holding, `--test-name-pattern=${literally(phrase)}`);
}

function refuse(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}

function run(title: string, which: readonly string[], ...options: readonly string[]): void {
  process.stdout.write(`${title}\n`);
  const paths = which.map((file) => path.join(folder, file));
  const argv = ['--test', '--test-concurrency=2', ...options, ...paths];
  process.exitCode = spawnSync(process.execPath, argv, { stdio: 'inherit' }).status ?? 1;
}

function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
