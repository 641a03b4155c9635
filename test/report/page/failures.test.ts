/** Suspect exposures stand on the page in groups that have one reason. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failures } from '../../../src/report/page/panels/failures.ts';
import type { ReportExposure } from '../../../src/report/record.ts';
import type { Report } from '../../../src/report/shape.ts';

const suspect = (output: string, reason: string) =>
  ({ output, suspect: [reason], run: 1 }) as unknown as ReportExposure;

test('exposures whose reasons differ in their own figures alone are one group, also where an option is named', () => {
  const exposures = [
    suspect('a.mrc', '0.131 % of the pixels were changed by clip; --offset 7733 or --type float32 would keep them'),
    suspect('b.mrc', '0.2 % of the pixels were changed by clip; --offset -12.5 or --type float32 would keep them'),
    suspect('c.mrc', 'a mean of 3 counts written as uint16'),
  ];
  const shown = failures.show({ exposures, run: { id: 1 } } as unknown as Report, undefined as never)!.text;
  assert.equal(shown.match(/<summary>/g)?.length, 2);
  assert.match(shown, /2 exposures: … % of the pixels/);
  assert.match(shown, /--offset<\/span> 7733 /, 'each says its own');
});
