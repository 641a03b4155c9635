/** The lines that `run --json` and `watch --json` print, as a JSON Schema; `darkroom run --json-schema` prints it. */

import { RUN_EVENTS } from '../../model/events.ts';
import { job } from '../../model/outcome-schema.ts';
import { anyOf, constant, described, json, list, oneOf, orNull, record, text, whole } from '../../model/schema.ts';

const setting = record({
  name: text,
  value: described(json, 'by type where it differs between the types of the exposures'),
  source: oneOf(['command line', 'recipe', 'derived', 'default']),
  from: described(orNull(text), 'what a value is derived from'),
});

/** Of a dry run. */
const intention = record(
  {
    event: constant('intention'),
    ...job,
    would: oneOf(['correct', 'skip', 'fail', 'copy', 'ignore']),
    reason: text,
  },
  { references: described(text, 'which references it would get, where they are chosen for each exposure') },
);

const plan = record({
  event: constant('plan'),
  correct: whole,
  skip: whole,
  fail: whole,
  copy: described(whole, 'by a rule of the recipe'),
  ignore: described(whole, 'by a rule of the recipe'),
  bytesIn: described(whole, 'bytes of raw that would be corrected'),
  bytesOut: described(whole, 'bytes of pixels that would be written, before compression'),
  refused: described(list(text), 'why a run would stop at its references, with exit code 3'),
  settings: described(list(setting), 'as they would take effect'),
});

export const EVENT_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'An event of darkroom run --json or darkroom watch --json, one per line',
  ...anyOf(
    ...RUN_EVENTS,
    described(intention, 'with --dry-run: what would be done with one exposure'),
    described(plan, 'with --dry-run, last: what would be done in all'),
  ),
};
