/** The real worker, but while UNBORN is set its threads cannot start, as where no file can be opened. */

import work from '../../../src/conveyor/worker.ts';

if (process.env.UNBORN)
  throw Object.assign(new Error('EMFILE: too many open files, open'), { code: 'EMFILE', errno: -24, syscall: 'open' });

export default work;
