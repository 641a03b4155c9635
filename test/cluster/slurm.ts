/** A Slurm of the test's own: started by `slurm.sh`, stopped when the tests of the file are over. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../../test/cluster/slurm.sh', import.meta.url));

/** Longer than any job of the tests takes, ms. */
const HANGS_MS = 90_000;

/** A job that is over. */
export interface Job {
  readonly state: string;
  readonly exitCode: number;
}

export class Slurm {
  readonly env: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #script: ChildProcess;

  private constructor(folder: string, script: ChildProcess) {
    this.#folder = folder;
    this.#script = script;
    this.env = { SLURM_CONF: path.join(folder, 'slurm.conf') };
  }

  /** A Slurm in which jobs can be submitted, or why there can be none. */
  static async start(): Promise<Slurm | string> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-slurm-'));
    const ports = [await freePort(), await freePort()].map(String);
    const script = spawn('bash', [SCRIPT, folder, ...ports], { stdio: ['pipe', 'pipe', 'ignore'] });
    const slurm = new Slurm(folder, script);
    const [said] = (await once(script.stdout!.setEncoding('utf8'), 'data')) as [string];
    if (said.trim() === 'ready') return slurm;
    await slurm.stop();
    return said.trim();
  }

  async stop(): Promise<void> {
    spawnSync('scancel', ['--full', '-u', 'root'], { env: { ...process.env, ...this.env }, timeout: 5000 });
    const over = this.#script.exitCode === null ? once(this.#script, 'exit') : null;
    this.#script.stdin!.end('\n');
    await over;
    fs.rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** What a command of Slurm says. */
  ask(command: string, ...args: string[]): string {
    const { stdout, stderr, status } = spawnSync(command, args, {
      encoding: 'utf8',
      env: { ...process.env, ...this.env },
      timeout: 20_000,
    });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  }

  /** Waits until a job is over; of an array all its tasks, of which the worst is given. */
  async over(job: string): Promise<Job> {
    const until = Date.now() + HANGS_MS;
    while (Date.now() < until) {
      const shown = this.ask('scontrol', '--oneliner', 'show', 'job', job).split('\n');
      const jobs = shown.map((line) => ({
        state: /\bJobState=(\S+)/.exec(line)?.[1] ?? '',
        exitCode: Number(/\bExitCode=(\d+):/.exec(line)?.[1]),
      }));
      if (jobs.every(({ state }) => !/PENDING|RUNNING|COMPLETING|SUSPENDED|REQUEUED|PREEMPTED/.test(state)))
        return jobs.reduce((worst, each) => (each.exitCode > worst.exitCode ? each : worst));
      await sleep(200);
    }
    throw new Error(`job ${job} is not over after ${HANGS_MS / 1000} s: ${this.ask('squeue', '-a')}`);
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
