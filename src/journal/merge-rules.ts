/**
 * How each table of a journal is merged with the same table of another. The tables say it themselves, by their keys and by
 * what they refer to; only what is kept once for each exposure has rules of its own here. A column needs none at all.
 */

import type { DatabaseSyncInstance } from '@photostructure/sqlite';

/** Rows that belong to their run: they come and go with it. */
interface OfRun {
  readonly kind: 'of run';
}

/** One row for each key, whoever wrote it last. `order`: the columns that tell the later of two rows. */
interface LastWord {
  readonly kind: 'last word';
  readonly key: string;
  readonly order: readonly string[];
}

/** Rows about an output that count as long as their run has the last word on it. */
interface AboutOutput {
  readonly kind: 'about output';
}

export type Rule = OfRun | LastWord | AboutOutput;

export interface MergedTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rule: Rule;
  /** The column that numbers its rows, where that is no number of a run; null: there is none. */
  readonly id: string | null;
  /** Columns that refer to numbered rows of other tables but `runs`, and to which. */
  readonly references: Readonly<Record<string, string>>;
}

/** Of tables that hold one row for an exposure, whichever run had the last word. */
const KEPT_ONCE: Readonly<Record<string, LastWord | AboutOutput>> = {
  // Every correction of an output counts one more than the one before: no clocks are compared but where it failed.
  exposures: { kind: 'last word', key: 'output', order: ['corrections', 'recorded'] },
  collisions: { kind: 'last word', key: 'input', order: ['recorded'] },
  samples: { kind: 'about output' },
};

/** Tables of a journal but `runs`, in an order in which rows come after those that they refer to. */
export function mergedTables(database: DatabaseSyncInstance): MergedTable[] {
  const names = database.prepare("SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY rowid").all();
  const tables = names
    .map(({ name }) => name as string)
    .filter((name) => name !== 'runs' && !name.startsWith('sqlite_'));
  const order: readonly Rule['kind'][] = ['of run', 'last word', 'about output'];
  return tables
    .map((name) => tableOf(database, name))
    .sort((a, b) => order.indexOf(a.rule.kind) - order.indexOf(b.rule.kind));
}

function tableOf(database: DatabaseSyncInstance, name: string): MergedTable {
  const all = (pragma: string) => database.prepare(`SELECT * FROM pragma_${pragma}('${name}')`).all();
  const columns = all('table_info') as { name: string; type: string; pk: number }[];
  const links = all('foreign_key_list') as { table: string; from: string }[];
  const run = links.find(({ table }) => table === 'runs')?.from;
  if (run !== 'run') throw new Error(`table ${name} does not say of which run its rows are: it cannot be merged`);
  const keys = columns.filter(({ pk }) => pk > 0);
  const numbered = keys.length === 1 && keys[0]!.type === 'INTEGER' && keys[0]!.name !== 'run';
  const ofRun = numbered || keys.some((key) => key.name === 'run');
  const rule = KEPT_ONCE[name] ?? (ofRun ? { kind: 'of run' } : undefined);
  if (!rule) throw new Error(`table ${name} has neither the run in its key nor a rule by which it is merged`);
  return {
    name,
    columns: columns.map((each) => each.name),
    rule,
    id: numbered ? keys[0]!.name : null,
    references: Object.fromEntries(links.flatMap(({ table, from }) => (table === 'runs' ? [] : [[from, table]]))),
  };
}
