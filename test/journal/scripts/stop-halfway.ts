/** Changes the journal named in one large transaction, and never ends it: killed now, it leaves a hot rollback journal. */

import { DatabaseSync } from '@photostructure/sqlite';

const database = new DatabaseSync(process.argv[2]!);
// So small a cache that pages go to the file before the commit.
database.exec("PRAGMA cache_size = 1; BEGIN; UPDATE exposures SET status = 'failed', kind = 'crash'");
process.send?.('ready');
setInterval(() => {}, 1000);
