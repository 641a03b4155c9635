/** A share that hangs, fails or goes stale when a test says so: a FUSE file system as a process of its own. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../test/share/share.py', import.meta.url));

/** The first that has fusepy: the system's own, where another one comes first. */
const PYTHON = ['python3', '/usr/bin/python3'].find(
  (each) => spawnSync(each, ['-c', 'try:\n import fusepy\nexcept ImportError:\n import fuse']).status === 0,
);

/** False, or why there can be no share here. */
export const NO_SHARE: string | false =
  PYTHON === undefined
    ? 'needs fusepy (python3-fusepy)'
    : fs.existsSync('/dev/fuse')
      ? cannotMount()
      : 'needs /dev/fuse';

interface ShareOptions {
  /** The folder behind it, which another share may have too: two computers that mount one folder. */
  readonly behind?: string;
  /** How long the system believes what it was told of a file, s. */
  readonly kept?: number;
}

interface Ending {
  after(clean: () => unknown): void;
}

export class Share {
  /** Where it is mounted, and the folder behind it. */
  readonly mount: string;
  readonly behind: string;
  readonly #control: string;
  #server: ChildProcess;

  private constructor(folder: string, { behind, kept }: ShareOptions) {
    [this.mount, this.#control] = ['share', 'control'].map((name) => path.join(folder, name)) as [string, string];
    this.behind = behind ?? path.join(folder, 'behind');
    for (const each of [this.mount, this.behind, this.#control]) fs.mkdirSync(each, { recursive: true });
    this.#server = this.#start(kept ?? 0);
  }

  static async open(t: Ending, options: ShareOptions = {}): Promise<Share> {
    const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-share-')));
    const share = new Share(folder, options);
    t.after(() => {
      share.#server.kill('SIGKILL');
      spawnSync('umount', ['-l', share.mount]);
      fs.rmSync(folder, { recursive: true, force: true });
    });
    await share.#mounted();
    return share;
  }

  /** From now on nothing on it is answered, until `goOn`. */
  hang(): void {
    this.#server.kill('SIGSTOP');
  }

  goOn(): void {
    this.#server.kill('SIGCONT');
  }

  /** Whatever has `word` in its name fails; null: nothing does. */
  breaks(word: string | null): void {
    fs.writeFileSync(path.join(this.#control, 'broken'), word ?? '');
  }

  /** What was open is stale for good. */
  goStale(): void {
    fs.writeFileSync(path.join(this.#control, 'epoch'), String(performance.now()));
  }

  #start(kept: number): ChildProcess {
    return spawn(PYTHON!, [PROGRAM, this.behind, this.mount, this.#control, String(kept)], { stdio: 'ignore' });
  }

  async #mounted(): Promise<void> {
    const before = fs.statSync(path.dirname(this.mount)).dev;
    for (let i = 0; i < 500 && fs.statSync(this.mount).dev === before; i++) await sleep(20);
    assert.notEqual(fs.statSync(this.mount).dev, before, 'the share is mounted');
    // One file closed: see `flush` there.
    fs.writeFileSync(path.join(this.mount, 'first'), '');
    fs.rmSync(path.join(this.mount, 'first'));
  }
}

/** Whether FUSE may be mounted is found out by mounting. */
function cannotMount(): string | false {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-share-'));
  const [behind, mount] = ['behind', 'mount'].map((name) => path.join(folder, name)) as [string, string];
  for (const each of [behind, mount]) fs.mkdirSync(each);
  const script = `"$0" "$1" "$2" "$3" "$4" & server=$!
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do mountpoint -q "$3" && break; sleep 0.1; done
    mountpoint -q "$3"; found=$?; umount -l "$3"; kill -9 $server; exit $found`;
  const { status } = spawnSync('sh', ['-c', script, PYTHON!, PROGRAM, behind, mount, folder], { stdio: 'ignore' });
  fs.rmSync(folder, { recursive: true, force: true });
  return status === 0 ? false : 'a FUSE file system cannot be mounted here';
}
