/**
 * Lints and formats the AssemblyScript kernels as everything else: `node lint-assembly.mjs [--write]`. Biome cannot read
 * decorators of functions, so it sees a copy in which `@inline` is a comment.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const assembly = path.join(root, 'src/kernels/assembly');

/** The compiler of AssemblyScript has no `import type`. */
const STYLE = { useImportType: 'off' };

const hidden = (text) => text.replaceAll(/^( *)@inline$/gm, '$1// @inline');
const shown = (text) => text.replaceAll(/^( *)\/\/ @inline$/gm, '$1@inline');

const write = process.argv.includes('--write');
const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-assembly-'));
try {
  const names = fs.readdirSync(assembly, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const { formatter, javascript, linter } = JSON.parse(fs.readFileSync(path.join(root, 'biome.json'), 'utf8'));
  const rules = { ...linter.rules, style: { ...linter.rules.style, ...STYLE } };
  fs.writeFileSync(path.join(copy, 'biome.json'), JSON.stringify({ formatter, javascript, linter: { rules } }));
  for (const name of names) {
    const file = path.join(copy, 'src/kernels/assembly', name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, hidden(fs.readFileSync(path.join(assembly, name), 'utf8')));
  }
  const biome = path.join(root, 'node_modules/@biomejs/biome/bin/biome');
  const options = ['--error-on-warnings', ...(write ? ['--write'] : [])];
  const checked = spawnSync(process.execPath, [biome, 'check', ...options, 'src'], { cwd: copy, stdio: 'inherit' });
  if (write) {
    for (const name of names) {
      const text = shown(fs.readFileSync(path.join(copy, 'src/kernels/assembly', name), 'utf8'));
      if (text !== fs.readFileSync(path.join(assembly, name), 'utf8'))
        fs.writeFileSync(path.join(assembly, name), text);
    }
  }
  process.exitCode = checked.status ?? 1;
} finally {
  fs.rmSync(copy, { recursive: true, force: true });
}
