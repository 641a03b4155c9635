/** `verify` finds what became of outputs after they were written. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { darkroom, exposure, folder, lay, stack } from './darkroom.ts';

const KINDS: Record<string, readonly string[]> = {
  'as they were': [],
  'turned over into TIFF': ['--format', 'tiff'],
  'float32 TIFF with deflate': ['--format', 'tiff', '--compression', 'deflate', '--type', 'float32'],
  'TIFF with zstd': ['--format', 'tiff', '--compression', 'zstd'],
};

/** What happens to an output, and what is then said of it. */
const HARM: Record<string, { harm: (file: string) => void; says: RegExp }> = {
  'one changed pixel': {
    harm(file) {
      const bytes = fs.readFileSync(file);
      // In the midst of the file: pixels stand there in every container.
      bytes[bytes.length >> 1]! ^= 0x10;
      fs.writeFileSync(file, bytes);
    },
    // Compressed data may not even decode any more.
    says: /the pixels changed: found CRC-32 [0-9a-f]{8}, expected [0-9a-f]{8}|\.tif: /,
  },
  'a cut end': {
    harm: (file) => fs.truncateSync(file, fs.statSync(file).size - 1),
    says: /found \d+ bytes, expected \d+/,
  },
  'no file': { harm: (file) => fs.rmSync(file), says: /missing; run again/ },
};

for (const [kind, options] of Object.entries(KINDS)) {
  test(`outputs ${kind}, single and stacks: whole ones are found good, each kind of harm is named`, async (t) => {
    const root = folder(t);
    const raw = lay(path.join(root, 'raw'), {
      'a.mrc': exposure({ seed: 1 }),
      'deep/b.mrc': exposure({ seed: 2, width: 61, height: 47 }),
      'c.mrc': exposure({ seed: 3 }),
      'movie.mrcs': stack(3),
    });
    const out = path.join(root, 'out');
    assert.equal((await darkroom(['run', raw, '-o', out, '--no-flat-field', ...options])).code, 0);
    const good = await darkroom(['verify', out]);
    assert.equal(good.code, 0, good.stderr);
    assert.match(good.stdout, /^4 outputs as the journal says: /);

    const names = options.length > 0 ? ['movie.tif', 'deep/b.tif', 'c.tif'] : ['movie.mrcs', 'deep/b.mrc', 'c.mrc'];
    const harms = Object.values(HARM);
    for (const [i, name] of names.entries()) harms[i]!.harm(path.join(out, name));
    const bad = await darkroom(['verify', out]);
    assert.equal(bad.code, 2);
    assert.match(bad.stdout, /^1 output as the journal says, 3 not: /);
    const lines = bad.stderr.trimEnd().split('\n');
    assert.equal(lines.length, 3, bad.stderr);
    for (const [i, name] of names.entries()) {
      const line = lines.find((each) => each.startsWith(`differs  ${name}: `));
      assert.match(line ?? bad.stderr, harms[i]!.says);
    }

    const json = await darkroom(['verify', out, '--json']);
    assert.equal(json.code, 2);
    const verified = json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { output: string; problem: string | null });
    assert.deepEqual(
      verified
        .filter(({ problem }) => problem !== null)
        .map(({ output }) => output)
        .sort(),
      [...names].sort(),
    );
  });
}
