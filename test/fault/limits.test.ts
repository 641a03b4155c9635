/** Limits of the system: a sentence that names the limit, 3, and the same command goes on where they are raised. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { BIN, exposure, folder, isRoot, lay, outputs, references } from '../run/darkroom.ts';

const SHELL = fs.existsSync('/bin/bash') ? '/bin/bash' : null;

/** Runs the command in a shell with a limit, as a user for whom limits hold. */
function limited(limit: string, args: readonly string[], user?: number): { code: number | null; said: string } {
  const script = `ulimit ${limit} && exec "$0" "$@"`;
  const as = user === undefined ? {} : { uid: user, gid: user };
  const { status, stdout, stderr } = spawnSync(SHELL!, ['-c', script, process.execPath, BIN, ...args], {
    encoding: 'utf8',
    ...as,
  });
  return { code: status, said: stdout + stderr };
}

const LIMITS = [
  // What Node itself needs to come up is less, what the memory of the kernels needs is more.
  ['-v 4000000', [3], /too little memory, or address space \(ulimit -v\)/],
  // Node itself needs about 24 to load the first module.
  ['-n 28', [3], /too many open files.*ulimit -n/],
  ['-n 36', [3], /too many open files.*ulimit -n/],
  ['-n 48', [0, 3], /corrected|too many open files.*ulimit -n/],
  ['-n 60', [0, 3], /corrected|too many open files.*ulimit -n/],
  // So few that the thread of the run is the first that cannot be had.
  ['-u 11', [0, 3], /corrected|no threads or processes left.*ulimit -u/],
  ['-u 15', [0, 3], /corrected|no threads or processes left.*ulimit -u/],
] as const;

for (const [limit, codes, says] of LIMITS) {
  test(`with ulimit ${limit} a run ends in an orderly way, and without it is completed`, {
    skip: SHELL === null ? 'needs bash' : process.platform === 'linux' ? false : 'these are limits of Linux',
  }, (t) => {
    const root = folder(t);
    const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure({ seed: 1 }), 'b.mrc': exposure({ seed: 2 }) });
    const { dark, bright } = references(root);
    const out = path.join(root, 'out');
    const args = ['run', raw, '--dark', dark, '--bright', bright, '-o', out, '--threads', '4'];
    // Limits of threads do not hold for root.
    const user = limit.startsWith('-u') && isRoot ? 54_321 : undefined;
    if (user !== undefined) {
      fs.chmodSync(root, 0o777);
      if (spawnSync(process.execPath, [BIN, 'completion', 'bash'], { uid: user, gid: user }).status !== 0)
        return t.skip('another user may not read the program here');
    }
    const { code, said } = limited(limit, args, user);
    if (code === null && limit.startsWith('-u')) return t.skip('Node itself does not come up with so few threads here');
    assert.ok((codes as readonly (number | null)[]).includes(code), `${code}: ${said}`);
    assert.match(said, says);
    assert.doesNotMatch(said, /is a bug|^ {4}at /m);
    const again = limited('-c 0', args, user);
    assert.equal(again.code, 0, again.said);
    assert.equal(Object.keys(outputs(out)).length, 2);
  });
}
