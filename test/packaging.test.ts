/** What others install: on any Node, before the build, from a tarball or a repository. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { BIN, folderFor } from './cli/call.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): string => fs.readFileSync(path.join(ROOT, name), 'utf8');
const { engines, scripts } = JSON.parse(read('package.json')) as {
  engines: { node: string };
  scripts: Record<string, string>;
};

/** The command where Node says it is another one. */
function onNode(version: string, ...argv: string[]) {
  const pretend = `Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`;
  const argvOf = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, BIN, ...argv];
  return spawnSync(process.execPath, argvOf, { encoding: 'utf8' });
}

test('an old Node gets one sentence with what is needed and what was found', () => {
  const needed = engines.node.replace('>=', '');
  for (const version of ['0.12.18', '12.22.12', '18.20.8', '20.18.3']) {
    const { status, stdout, stderr } = onNode(version, '--version');
    const said = `darkroom: needs Node.js ${needed} or newer, found ${version}\n`;
    assert.deepEqual([status, stdout, stderr], [1, '', said]);
  }
  for (const version of [`${needed}.0`, '22.1.0', '100.0.0'])
    assert.equal(onNode(version, '--version').status, 0, version);
});

test('the file that says so has nothing that an old Node cannot read', () => {
  const source = read('bin/darkroom.js');
  // Neither static import nor export nor await at the top: a script as well as a module.
  assert.doesNotThrow(() => new Script(source.replace(/^#!.*/, '')));
  // Optional chaining, nullish values, classes with fields, catch without a name, regular expressions with new flags.
  assert.doesNotMatch(
    source.replaceAll(/\/\/.*$/gm, ''),
    /\?\.|\?\?|\bclass\b|\bawait\b|\basync\b|catch \{|\/[dsv]+\.test|\.\.\./,
  );
});

test('before the build, and without its packages, it says what to run', (t) => {
  const folder = folderFor(t);
  fs.mkdirSync(path.join(folder, 'bin'));
  fs.copyFileSync(BIN, path.join(folder, 'bin/darkroom.js'));
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  const run = () => spawnSync(process.execPath, [path.join(folder, 'bin/darkroom.js'), 'run'], { encoding: 'utf8' });
  const unbuilt = run();
  const said = 'darkroom: is not built yet; run "npm ci" where its package.json is\n';
  assert.deepEqual([unbuilt.status, unbuilt.stdout, unbuilt.stderr], [1, '', said]);
  const cli = path.join(folder, 'dist/src/cli');
  fs.mkdirSync(cli, { recursive: true });
  fs.writeFileSync(path.join(cli, 'main.js'), 'import "yaml-that-is-not-there"; export const main = () => {};');
  const broken = run();
  assert.equal(broken.status, 1);
  assert.match(
    broken.stderr,
    /^darkroom: is not installed completely \(Cannot find package 'yaml-that-is-not-there'.*run "npm ci".*\n$/,
  );
  fs.writeFileSync(path.join(cli, 'main.js'), 'export const main = () => { throw new Error("a bug"); };');
  assert.match(run().stderr, /a bug\n {4}at /, 'bugs keep their stack');
  assert.match(scripts.prepare ?? '', /build/, 'npm ci and installing from a repository build it');
});

test('the manual is in the package, with everything that its pages and the README link to', (t) => {
  const npm = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, encoding: 'utf8' });
  if (npm.error) return t.skip(`needs npm (${npm.error.message})`);
  assert.equal(npm.status, 0, npm.stderr);
  const [packed] = JSON.parse(npm.stdout) as [{ files: { path: string }[] }];
  const files = new Set(packed.files.map((file) => file.path));
  for (const page of [...files].filter((name) => name.endsWith('.md'))) {
    for (const [, link] of read(page).matchAll(/\]\(([^)#\s]+)/g)) {
      if (/^https?:/.test(link!)) continue;
      const target = path.posix.join(path.posix.dirname(page), link!);
      assert.ok(files.has(target), `${page} links to ${target}`);
    }
  }
  for (const name of fs.readdirSync(path.join(ROOT, 'src/cli/manual')))
    assert.ok(files.has(`src/cli/manual/${name}`), name);
  const unwanted = [...files].filter((name) =>
    /^(src\/(?!cli\/manual\/)|\.|node_modules|samples\/corrected)/.test(name),
  );
  assert.deepEqual(unwanted, []);
});

test('the scripts that people expect are there', () => {
  const expected = 'build test test:one typecheck lint format bench quality fuzz demo man'.split(' ');
  assert.deepEqual(
    expected.filter((name) => !(name in scripts)),
    [],
  );
});

test('test:one takes part of a path, or else of the name of a test', () => {
  // Inside of a test the runner would report to the one outside, and print nothing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const one = (...words: string[]) =>
    spawnSync(process.execPath, [path.join(ROOT, 'dist/test/one.js'), ...words], { encoding: 'utf8', env });
  const byPath = one('test/cli/parsing/values.test.ts');
  assert.equal(byPath.status, 0);
  assert.match(byPath.stdout, /^cli\/parsing\/values\.test\.js\n[\s\S]*a level is a number or the word none/);
  const byName = one('a', 'level', 'is a number');
  assert.match(byName.stdout, /^tests with "a level is a number" in their names\n/);
  assert.match(byName.stdout, /ok \d+ - a level is a number or the word none\n|✔ a level is a number/);
  const unknown = one('zq'.repeat(9));
  assert.deepEqual([unknown.status, unknown.stdout], [1, '']);
  assert.match(unknown.stderr, /found no test with "(zq){9}"/);
  const none = one();
  assert.deepEqual([none.status, none.stdout], [1, '']);
  assert.match(none.stderr, /npm run test:one -- despike/);
});

test('the lock file names every package by a hash, and no registry but the public one', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { version?: string; integrity?: string; resolved?: string }>;
  };
  for (const [name, { version, integrity, resolved }] of Object.entries(packages)) {
    if (name === '') continue;
    assert.match(integrity ?? '', /^sha512-[\w+/]{86}==$/, name);
    assert.match(version ?? '', /^\d/, name);
    // All of them or none: what is left out is the registry that is set up where it is installed.
    assert.equal(resolved, undefined, name);
  }
  assert.match(read('.npmrc'), /^omit-lockfile-registry-resolved=true$/m, 'so that npm keeps it like this');
});
