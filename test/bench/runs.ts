/** `darkroom run` as people call it: against copying, on more threads, from its start, its memory, nothing to do, compressed. */

import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { call, darkroom, type Watched } from './child.ts';
import { twoAgainstOne } from './cores.ts';
import { type Made, type Section, type Stage, session } from './stage.ts';
import { figures, fold, gigabytes, median, type Row, seconds } from './table.ts';
import { alone, inTurns } from './turns.ts';

const sizeOf = ({ quick }: Stage): { count: number; side: number } =>
  quick ? { count: 6, side: 1024 } : { count: 48, side: 4096 };

/** Corrects into a new folder, which is gone afterwards. */
async function corrected(
  { folder }: Stage,
  made: Pick<Made, 'raw' | 'dark' | 'norm'>,
  ...more: string[]
): Promise<Watched> {
  const out = path.join(folder, 'out');
  fs.rmSync(out, { recursive: true, force: true });
  try {
    return await darkroom(
      'run',
      made.raw,
      '--dark',
      made.dark,
      '--norm',
      made.norm,
      '--out',
      out,
      '--despike',
      'leginon',
      // Once for each output folder, at most 3 s: it would stand beside runs of a few seconds.
      '--no-inline-timing',
      ...more,
    );
  } finally {
    fs.rmSync(out, { recursive: true, force: true });
  }
}

const sync = (): void => call('sync');

/**
 * What may differ between turns made equal, untimed: the files are read once more, a small run loads the program, and as
 * much memory as will be written is touched. A virtual machine gets memory that it has not used for a while from its
 * host, page by page, and slowly; some drop files from the page cache that were not used for seconds.
 */
async function warm(stage: Stage, raw: string): Promise<void> {
  let bytes = 0;
  const piece = Buffer.allocUnsafe(1 << 20);
  for (const name of fs.readdirSync(raw)) {
    const fd = fs.openSync(path.join(raw, name), 'r');
    for (let got = 1; got > 0; bytes += got) got = fs.readSync(fd, piece, 0, piece.length, null);
    fs.closeSync(fd);
  }
  await corrected(stage, await session(stage, 1, 64));
  call(
    process.execPath,
    '-e',
    `for (let left = ${bytes}; left > 0; left -= 2 ** 28) (globalThis.held ??= []).push(Buffer.alloc(Math.min(left, 2 ** 28), 1))`,
  );
  sync();
}

export const run: Section = {
  name: 'run',
  describe: 'the real command against cp + sync, on files in the page cache, start-up included',
  async run(stage) {
    const { count, side } = sizeOf(stage);
    const made = await session(stage, count, side);
    const copies = path.join(stage.folder, 'copies');
    const clean = async (): Promise<void> => {
      fs.rmSync(copies, { recursive: true, force: true });
      await warm(stage, made.raw);
    };
    const copy = (from: string) => (): void => {
      call('cp', '-r', from, copies);
      sync();
    };
    const one = await alone(stage.pairs, async () => {
      await clean();
      const began = performance.now();
      copy(made.exposure)();
      return performance.now() - began;
    });
    stage.yardsticks.copy = one;
    const ours = async (): Promise<number> => (await corrected(stage, made)).ms;
    const duel = await inTurns(stage.pairs, ours, copy(made.raw), clean);
    fs.rmSync(copies, { recursive: true, force: true });
    const bytes = count * side * side * 2;
    return [
      { what: 'cp + sync of one exposure', ms: one, bytes: side * side * 2 },
      {
        what: `run: ${count} exposures`,
        ms: duel.ours,
        bytes,
        against: { name: 'cp + sync of them', ms: duel.theirs, ratio: duel.ratio },
        target: { measured: duel.ratio, must: 3.5, aim: 2, shown: fold },
      },
    ];
  },
};

/** How often each exposure of a session is corrected, under other names, where one run is to take longer. */
const TIMES = 3;

function linked(made: Made, times: number, raw: string): Made {
  fs.mkdirSync(raw);
  for (const name of fs.readdirSync(made.raw)) {
    for (let i = 0; i < times; i++) fs.symlinkSync(path.join(made.raw, name), path.join(raw, `${i}_${name}`));
  }
  return { ...made, raw };
}

export const scaling: Section = {
  name: 'scaling',
  describe: 'one thread and two, on enough exposures that the report at the end counts little, as in a night',
  async run(stage) {
    const { count, side } = sizeOf(stage);
    const made = linked(await session(stage, count, side), TIMES, path.join(stage.folder, 'links'));
    const on = (threads: string) => async (): Promise<number> =>
      1000 * (await corrected(stage, made, '--threads', threads)).seconds;
    const gains: number[] = [];
    const duel = await inTurns(stage.pairs, on('1'), on('2'), async () => {
      await warm(stage, made.raw);
      gains.push(await twoAgainstOne());
    });
    return [
      { what: 'two processes of arithmetic alone against one: what this machine gives', found: fold(median(gains)) },
      {
        what: `run: ${TIMES * count} exposures on one thread, from the first exposure on`,
        ms: duel.ours,
        bytes: TIMES * count * side * side * 2,
        against: { name: 'two threads', ms: duel.theirs, ratio: duel.ratio },
        target: { measured: duel.ratio, must: 1.8, aim: 1.95, more: true, shown: fold },
      },
    ];
  },
};

export const start: Section = {
  name: 'start',
  describe: 'from the start of the process to the first exposure begun, with dark and norm',
  async run(stage) {
    const { side } = sizeOf(stage);
    const made = await session(stage, 1, side);
    const ms = await alone(2 * stage.pairs, async () => (await corrected(stage, made)).startedMs);
    const node = await alone(stage.pairs, () => call(process.execPath, '-e', ''));
    return [
      {
        what: `start of run with dark and norm of ${side} x ${side} px`,
        ms,
        target: { measured: ms / 1000, must: 0.5, aim: 0.35, shown: seconds },
      },
      { what: 'start and end of node by itself', ms: node },
    ];
  },
};

export const memory: Section = {
  name: 'memory',
  describe: 'resident memory: four threads on large exposures, a movie against one frame',
  async run(stage) {
    const [width, height] = stage.quick ? [2048, 1024] : [11_520, 8184];
    const large = flatSession(stage, 'large', { width, height, frames: 1, count: 8 });
    const { resident } = await corrected(stage, large, '--threads', '4');
    fs.rmSync(path.dirname(large.raw), { recursive: true });

    const side = stage.quick ? 256 : 2048;
    const peaks: number[] = [];
    for (const frames of [1, 100]) {
      const movie = flatSession(stage, `movie-${frames}`, { width: side, height: side, frames, count: 1 });
      const found: number[] = [];
      for (let i = 0; i < stage.pairs; i++) found.push((await corrected(stage, movie, '--threads', '1')).resident);
      peaks.push(median(found));
      fs.rmSync(path.dirname(movie.raw), { recursive: true });
    }
    const [one, hundred] = peaks as [number, number];
    const ratio = hundred / one;
    return [
      {
        what: `memory: 4 threads, ${width} x ${height} px, dark and norm`,
        found: gigabytes(resident / 1e9),
        target: { measured: resident / 1e9, must: 1.3, aim: 1, shown: gigabytes },
      },
      {
        what: `memory: movie of 100 frames of ${side} x ${side} px, one frame takes ${figures(one / 1e6)} MB`,
        found: `${figures(hundred / 1e6)} MB`,
        target: { measured: ratio, must: 1.05, shown: fold },
      },
    ];
  },
};

interface Flat {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly count: number;
}

/** Large files made at once: a pattern of 1 MB again and again; pixels do not matter to memory. */
function flatSession(
  stage: Stage,
  name: string,
  { width, height, frames, count }: Flat,
): Pick<Made, 'raw' | 'dark' | 'norm'> {
  stage.note(`making ${count} exposures of ${width} x ${height} px, ${frames} frames`);
  const folder = path.join(stage.folder, name);
  fs.mkdirSync(path.join(folder, 'raw'), { recursive: true });
  const counts = Uint16Array.from({ length: 1 << 19 }, (_, i) => 500 + ((i * 2_654_435_761) >>> 27));
  const write = (file: string, mode: number, pieces: Uint8Array, frame: number): void => {
    const header = Buffer.alloc(1024);
    for (const [i, word] of [width, height, frame, mode].entries()) header.writeInt32LE(word, 4 * i);
    header.write('MAP ', 208);
    header.set([0x44, 0x44], 212);
    const fd = fs.openSync(file, 'wx');
    fs.writeSync(fd, header);
    for (let left = width * height * frame * (mode === 2 ? 4 : 2); left > 0; left -= pieces.length)
      fs.writeSync(fd, pieces, 0, Math.min(left, pieces.length));
    fs.closeSync(fd);
  };
  const at = (file: string): string => path.join(folder, file);
  for (let index = 1; index <= count; index++) write(at(`raw/${index}.mrc`), 6, new Uint8Array(counts.buffer), frames);
  write(at('dark.mrc'), 2, new Uint8Array(new Float32Array(1 << 18).fill(100).buffer), 1);
  write(at('norm.mrc'), 2, new Uint8Array(new Float32Array(1 << 18).fill(1).buffer), 1);
  return { raw: at('raw'), dark: at('dark.mrc'), norm: at('norm.mrc') };
}

export const done: Section = {
  name: 'done',
  describe: '100 000 exposures that are already done',
  async run(stage) {
    const count = stage.quick ? 2000 : 100_000;
    const folder = path.join(stage.folder, 'done');
    const [raw, out] = [path.join(folder, 'raw'), path.join(folder, 'out')];
    const made = await session(stage, 1, 32);
    fs.mkdirSync(raw, { recursive: true });
    fs.copyFileSync(made.exposure, path.join(raw, 'exposure.mrc'));
    const argv = [
      'run',
      raw,
      '--dark',
      made.dark,
      '--norm',
      made.norm,
      '--max-spikes',
      '1000000',
      '--despike',
      'leginon',
      '--out',
      out,
    ];
    await darkroom(...argv);
    stage.note(`making ${count} exposures that are done, out of one that is`);
    multiply(raw, out, count);
    const found: Watched[] = [];
    for (let i = 0; i <= stage.pairs; i++) found.push(await darkroom(...argv));
    const odd = found.find(({ skipped }) => skipped !== count);
    if (odd) throw new Error(`${odd.skipped} of ${count} exposures were found done`);
    const ms = median(found.slice(1).map((each) => each.ms));
    const resident = median(found.slice(1).map((each) => each.resident));
    return [
      {
        what: `${count} exposures already done`,
        ms,
        target: { measured: ms / 1000, must: 10, aim: 3, shown: seconds },
      },
      {
        what: `${count} exposures already done: memory`,
        found: `${figures(resident / 1e6)} MB`,
        target: { measured: resident / 1e6, must: 300, shown: (value) => `${figures(value)} MB` },
      },
    ];
  },
};

/** More links to one file than this are more than ext4 allows. */
const LINKS = 30_000;

/**
 * The one exposure that is done, under `count` names in so many folders: links to copies of its files, and its row of the
 * journal again.
 */
export function multiply(raw: string, out: string, count: number, folders = 1): void {
  const within = (index: number): string => (folders > 1 ? `grid_${index % folders}/` : '');
  const nameOf = (index: number): string => `${within(index)}exposure_${String(index).padStart(6, '0')}.mrc`;
  for (const folder of [raw, out]) {
    for (let index = 0; index < folders; index++) fs.mkdirSync(path.join(folder, within(index)), { recursive: true });
    const first = path.join(folder, 'exposure.mrc');
    const { atime, mtime } = fs.statSync(first);
    let linked = first;
    for (let index = 0; index < count; index++) {
      const file = path.join(folder, nameOf(index));
      if (index % LINKS === 0) {
        linked = file;
        fs.copyFileSync(first, file);
        fs.utimesSync(file, atime, mtime);
      } else fs.linkSync(linked, file);
    }
    fs.rmSync(first);
  }
  const { mtimeNs } = fs.statSync(path.join(raw, nameOf(0)), { bigint: true });
  const database = new DatabaseSync(path.join(out, 'darkroom.sqlite'));
  try {
    const columns = (database.prepare('PRAGMA table_info(exposures)').all() as { name: string }[]).map(
      ({ name }) => name,
    );
    const named =
      folders > 1 ? `printf('grid_%d/exposure_%06d.mrc', i % ${folders}, i)` : `printf('exposure_%06d.mrc', i)`;
    const values = columns.map((name) => {
      if (name === 'output') return named;
      if (name === 'input') return `replace(input, 'exposure.mrc', ${named})`;
      return name === 'input_mtime_ns' ? String(mtimeNs) : name;
    });
    database.exec(`BEGIN; CREATE TEMP TABLE once AS SELECT * FROM exposures; DELETE FROM exposures;
      WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${count - 1})
      INSERT INTO exposures (${columns.join(', ')}) SELECT ${values.join(', ')} FROM once, numbers; COMMIT`);
  } finally {
    database.close();
  }
}

export const write: Section = {
  name: 'write',
  describe: 'compressed TIFF: are all cores busy?',
  async run(stage) {
    const { count, side } = stage.quick ? { count: 4, side: 1024 } : { count: 12, side: 4096 };
    const made = await session(stage, count, side);
    const rows: Row[] = [];
    for (const compression of ['none', 'lzw', 'deflate', 'zstd']) {
      const { seconds: took, cores } = await corrected(stage, made, '--format', 'tiff', '--compression', compression);
      rows.push({
        what: `run: ${count} exposures to TIFF, ${compression}: ${figures(cores)} cores busy`,
        ms: 1000 * took,
        bytes: count * side * side * 2,
      });
    }
    return rows;
  },
};
