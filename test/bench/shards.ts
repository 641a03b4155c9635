/** Shards: a million rows merged and reported, and the start of a small shard among a million files. */

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { shardJournal } from '../../src/journal/shards.ts';
import { BIN, call, darkroom, peak } from './child.ts';
import { type Section, type Stage, session } from './stage.ts';
import { figures, gigabytes, type Row, seconds } from './table.ts';

const MERGE = new URL('./merge-alone.js', import.meta.url);

/** How a program ended. */
interface Ran {
  readonly ms: number;
  readonly resident: number;
  readonly code: number | null;
}

async function watched(...argv: string[]): Promise<Ran> {
  const began = performance.now();
  const child = spawn(process.execPath, argv, { stdio: 'ignore' });
  let resident = Number.NaN;
  const looks = setInterval(() => {
    resident = peak(child.pid!, resident);
  }, 20);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(looks);
  return { ms: performance.now() - began, resident, code };
}

/** The journals of `parts` shards, with `count` rows together, as if each had corrected its own exposures. */
async function shardsOf(stage: Stage, out: string, count: number, parts: number): Promise<void> {
  const made = await session(stage, 1, 64);
  const first = path.join(stage.folder, 'first');
  const argv = ['run', made.raw, '--dark', made.dark, '--norm', made.norm, '--out', first, '--max-spikes', '1000000'];
  // The one exposure falls into one of them.
  for (const index of [1, 2]) await darkroom(...argv, '--shard', `${index}/2`);
  const model = [1, 2].map((index) => shardJournal(first, { index, of: 2 })).find((file) => rowsIn(file) === 1)!;
  call('mkdir', '-p', path.join(out, '.darkroom'));
  call('cp', path.join(first, '.darkroom', 'lock.sqlite'), path.join(out, '.darkroom'));
  for (let index = 1; index <= parts; index++) {
    const file = shardJournal(out, { index, of: parts });
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.copyFileSync(model, file);
    multiply(file, Math.ceil(count / parts), { index, of: parts });
  }
  fs.rmSync(first, { recursive: true, force: true });
}

function rowsIn(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true });
  const { n } = database.prepare('SELECT count(*) AS n FROM timings').get() as { n: number };
  database.close();
  return n;
}

/** Makes many rows of the one that is there. */
function multiply(file: string, rows: number, { index: shard, of }: { index: number; of: number }): void {
  const database = new DatabaseSync(file);
  const columns = (table: string, changed: Record<string, string>): string => {
    const all = database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all() as { name: string }[];
    return all.map(({ name }) => changed[name] ?? `t.${name}`).join(', ');
  };
  const name = `printf('day%02d/grid%03d/exposure_%07d.mrc', ${shard} % 30, n.n / 1000, ${shard} * 1000000 + n.n)`;
  const numbers = `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${rows})`;
  database.exec(`PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; BEGIN;
    UPDATE origins SET origin = 'bench ' || ${shard}, shard = ${shard}, shards = ${of};
    CREATE TEMP TABLE one AS SELECT * FROM timings; DELETE FROM timings;
    INSERT INTO timings ${numbers} SELECT ${columns('timings', { id: 'n.n', output: name })} FROM temp.one t, n;
    CREATE TEMP TABLE two AS SELECT * FROM exposures; DELETE FROM exposures;
    INSERT INTO exposures ${numbers} SELECT ${columns('exposures', {
      output: name,
      input: `'/facility/raw/' || ${name}`,
      timing: 'n.n',
    })} FROM temp.two t, n;
    UPDATE runs SET done = ${rows}; COMMIT`);
  database.close();
}

/** A folder of so many empty files, a thousand in each of its folders. */
function manyFiles(raw: string, count: number): void {
  for (let folder = 0; folder < count / 1000; folder++) {
    const place = path.join(raw, `day${Math.floor(folder / 40)}`, `grid${folder}`);
    fs.mkdirSync(place, { recursive: true });
    for (let i = 0; i < 1000; i++) {
      fs.closeSync(fs.openSync(path.join(place, `exposure_${String(folder * 1000 + i).padStart(7, '0')}.mrc`), 'w'));
    }
  }
}

export const shards: Section = {
  name: 'shards',
  describe: 'a million rows of 100 shards merged, and reported; a shard of 100 among a million files',
  async run(stage) {
    const [count, parts] = stage.quick ? [20_000, 4] : [1_000_000, 100];
    const folder = path.join(stage.folder, 'shards');
    const out = path.join(folder, 'out');
    fs.mkdirSync(folder, { recursive: true });
    stage.note(`making the journals of ${parts} shards with ${count} rows together`);
    await shardsOf(stage, out, count, parts);
    call('sync');
    const merged = await watched(MERGE.pathname, out);
    if (merged.code !== 0) throw new Error(`merging ended with ${merged.code}`);
    const journal = path.join(out, 'darkroom.sqlite');
    const database = new DatabaseSync(journal, { readOnly: true });
    const { n } = database.prepare('SELECT count(*) AS n FROM exposures').get() as { n: number };
    database.close();
    if (n !== count) throw new Error(`found ${n} exposures merged, expected ${count}`);
    const bytes = fs.statSync(journal).size;
    const again = await watched(MERGE.pathname, out);
    const reported = await watched('--max-old-space-size=16000', BIN, 'report', out);
    const rows: Row[] = [
      { what: `${count} rows of ${parts} shards merged`, ms: merged.ms, bytes },
      { what: '... memory', found: gigabytes(merged.resident / 1e9) },
      { what: '... the journal, per exposure', found: `${figures(bytes / count)} bytes` },
      { what: '... merged again when nothing is new', ms: again.ms },
      reported.code === 0
        ? { what: `report of ${count} exposures`, ms: reported.ms }
        : { what: `report of ${count} exposures`, missing: `ended with ${reported.code}` },
      { what: '... memory', found: gigabytes(reported.resident / 1e9) },
    ];
    fs.rmSync(folder, { recursive: true, force: true });
    return [...rows, ...(await start(stage))];
  },
};

/** The smallest part of many files: all names are listed, few files are looked at. */
async function start(stage: Stage): Promise<Row[]> {
  const count = stage.quick ? 10_000 : 1_000_000;
  const raw = path.join(stage.folder, 'many');
  stage.note(`making ${count} files`);
  manyFiles(raw, count);
  const out = path.join(stage.folder, 'few');
  const ran = await watched(BIN, 'run', raw, '--no-flat-field', '--out', out, '--shard', `1/${count / 100}`, '--quiet');
  fs.rmSync(raw, { recursive: true, force: true });
  fs.rmSync(out, { recursive: true, force: true });
  return [
    {
      what: `a shard of 100 among ${count} files, from its start to its end`,
      ms: ran.ms,
      target: { measured: ran.ms / 1000, must: 30, shown: seconds },
    },
    { what: '... memory', found: gigabytes(ran.resident / 1e9) },
  ];
}
