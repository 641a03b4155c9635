/** Journals of many thousand exposures in no time: the one that is in it, copied under other names. */

import { DatabaseSync } from '@photostructure/sqlite';
import type { Journal } from '../../src/journal/journal.ts';

/** @param count how many exposures it then holds; it must hold one, corrected */
export function multiply(journal: Journal, count: number): void {
  const other = new DatabaseSync(journal.file);
  const copies = (table: string, changed: Record<string, string>): string => {
    const all = other.prepare(`SELECT name FROM pragma_table_info('${table}')`).all() as { name: string }[];
    const values = all.map(({ name }) => changed[name] ?? `seed.${name}`);
    return `WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) INSERT INTO ${table} SELECT ${values.join(', ')} FROM ${table} seed, n`;
  };
  const output = "'night/grid/exposure_' || i || '.mrc'";
  other.exec(copies('timings', { id: 'i', output, read: '10000 + i * 7919 % 5000' }));
  other.exec(
    copies('exposures', {
      output,
      input: `'/facility/raw/' || ${output}`,
      timing: 'i',
      mean: '800 + i * 104729 % 100',
      spikes: '8000 + i * 7919 % 1000',
      input_mtime_ns: 'seed.input_mtime_ns + i * 30000000000',
    }),
  );
  other.close();
}
