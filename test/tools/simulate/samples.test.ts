import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../../../src/files/input-file.ts';
import { KEPT, makeSamples, SAMPLES } from '../../../src/tools/simulate/samples.ts';
import { repairDefects } from '../../oracle/defects.ts';
import { despike } from '../../oracle/despike.ts';
import { flatField } from '../../oracle/flat-field.ts';
import { normFrom } from '../../oracle/norm.ts';
import { readPlainMrc } from '../../oracle/plain-mrc.ts';

// From dist/test/simulate up to the project.
const committed = fileURLToPath(new URL('../../../../samples', import.meta.url));

/** Hash of every exposure and reference in a folder, by relative path. */
function hashes(folder: string): Record<string, string> {
  const paths = KEPT.flatMap((name) =>
    name === 'raw' ? fs.readdirSync(path.join(folder, name)).map((file) => `${name}/${file}`) : [name],
  );
  return Object.fromEntries(paths.sort().map((file) => [file, sha256(path.join(folder, file))]));
}

test('the committed samples are what the script makes, byte for byte', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-samples-test-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  await makeSamples(folder);
  assert.deepEqual(hashes(committed), hashes(folder));
  // Made again in the same place: replaced, not refused.
  fs.writeFileSync(path.join(folder, 'raw', 'stray.mrc'), '');
  await makeSamples(folder);
  assert.deepEqual(hashes(folder), hashes(committed));
});

test('the samples stay below 3 MB', () => {
  const sizes = fs
    .readdirSync(committed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(path.join(committed, 'corrected')))
    .map((entry) => fs.statSync(path.join(entry.parentPath, entry.name)).size);
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 3_000_000);
});

test('the samples show each correction at work and trip no guard', () => {
  const { dark, norm, defects } = normFrom(
    readPlainMrc(path.join(committed, 'dark.mrc')),
    readPlainMrc(path.join(committed, 'bright.mrc')),
  );
  const given = readPlainMrc(path.join(committed, 'defects.mrc'));
  const pixels = SAMPLES.width * SAMPLES.height;
  const dead = defects.pixels.reduce((sum, bad) => sum + bad, 0);
  assert.ok(dead >= SAMPLES.height && dead < 0.005 * pixels, `${dead} dead pixels`);
  const map = { ...given, pixels: Uint8Array.from(given.pixels, (bad, i) => (bad === 1 ? 1 : defects.pixels[i]!)) };

  for (let index = 1; index <= SAMPLES.count; index++) {
    const flat = flatField(readPlainMrc(path.join(committed, `raw/exposure_000${index}.mrc`)), dark, norm);
    const repaired = repairDefects(flat.image, map);
    assert.ok(repaired.defects > dead && repaired.unrepaired === 0);
    const { spikes } = despike(repaired.image, { size: 11, threshold: 3.5 });
    assert.ok(spikes > 10 && spikes < 0.005 * pixels, `${spikes} spikes`);
  }
});
