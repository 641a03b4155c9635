/**
 * What a run tells the world: its events, and the exit code it ends with. Types and the JSON Schema that is published come
 * from here. Fields may be added within a version; none is taken away or changes its meaning.
 */

import { outcomeSchema } from './outcome-schema.ts';
import { referenceCheckSchema } from './reference-checks.ts';
import {
  amount,
  constant,
  described,
  each,
  flag,
  list,
  number,
  type Of,
  oneOf,
  orNull,
  record,
  schema,
  text,
  whole,
} from './schema.ts';

/** Why the exit code is 2: exposures failed, there were fewer than `--expect`, a warning with `--strict-camera`. */
export const WHY = ['failed', 'expect', 'camera'] as const;

export type Why = (typeof WHY)[number];

/** What the exposures together say of the camera and its references. */
export const CAMERA_VERDICT = {
  exposures: described(whole, 'in the survey, earlier runs with the same references included'),
  fits: described(flag, 'no check of the references failed'),
  warnings: described(list(text), 'what a person should look at, the likeliest cause first; none: all is well'),
} as const;

const cameraVerdict = record(CAMERA_VERDICT);

export type CameraVerdict = Of<typeof cameraVerdict>;

const cameraOrNull = described(orNull(cameraVerdict), 'null: nothing was surveyed');

const seconds = described(amount, 'seconds');

/** How a watch goes; the content of its status file. Times of day ISO 8601, UTC. */
const statusSchema = record({
  version: constant(1),
  sequence: described(whole, 'rises with every one that is written: a dead watch and an idle one differ by it'),
  state: oneOf(['watching', 'paused', 'stopping', 'stopped']),
  reason: described(orNull(text), 'why it is paused'),
  host: text,
  pid: whole,
  started: text,
  updated: text,
  staleAfter: described(amount, 'seconds; without a newer file after so long a watch that has not stopped is dead'),
  counts: described(
    each(['corrected', 'skipped', 'failed', 'suspect', 'waiting', 'settling', 'underWay'], whole),
    'corrected, skipped, failed and suspect since the start; now waiting: whole and not yet in a thread, settling: not yet whole, underWay: in threads',
  ),
  delays: described(
    orNull(each(['median', 'percentile95', 'worst'], seconds)),
    'from the last change of an exposure to the corrected one, of the last thousand; null before the first',
  ),
  arrivalsPerMinute: described(amount, 'exposures that arrived in the last minutes'),
  capacityPerMinute: described(orNull(number), 'exposures that could be corrected; null before that is known'),
  camera: cameraOrNull,
  lastErrors: described(list(record({ time: text, message: text })), 'newest last'),
});

export type Status = Of<typeof statusSchema>;

/** 0 all done; 1 refused; 2 some failed; 3 stopped by the environment; 129, 130, 143 stopped by SIGHUP, SIGINT, SIGTERM. */
const EXIT_CODES = [0, 1, 2, 3, 129, 130, 143] as const;

export type ExitCode = (typeof EXIT_CODES)[number];

const event = <const Name extends string, P extends Parameters<typeof record>[0]>(
  name: Name,
  description: string,
  properties: P,
) => described(record({ event: constant(name), ...properties }), description);

/** What a run reports while it goes on; `--json` prints one per line. */
export const RUN_EVENTS = [
  event('started', 'the exposures are known', { run: whole, exposures: whole, bytes: whole, threads: whole }),
  described(
    record(
      { event: constant('note'), message: text },
      { level: described(constant('information'), 'all is well; without it the note asks for attention') },
    ),
    'something a person should hear of',
  ),
  described(
    record(
      {
        event: constant('references'),
        exposures: described(whole, 'that were looked at'),
        seconds: amount,
        checks: list(referenceCheckSchema),
      },
      { set: described(text, 'the set of references, where there are several; absent: those of the options') },
    ),
    'what the first exposures say of the references; in a watch again when they say more',
  ),
  event('outcome', 'what became of one exposure', { outcome: outcomeSchema }),
  event('finished', 'the last event', {
    run: described(whole, '0 when there was nothing to run on'),
    exit: oneOf(EXIT_CODES),
    done: whole,
    skipped: whole,
    failed: whole,
    suspect: whole,
    copied: described(whole, 'by a rule of the recipe, also in earlier runs'),
    ignored: described(whole, 'by a rule of the recipe'),
    seconds: amount,
    why: described(
      list(oneOf(WHY)),
      'why the exit code is 2: exposures failed, there were fewer than --expect, --strict-camera',
    ),
    camera: cameraOrNull,
  }),
  event('error', 'the last event where nothing ran, or a bug ended the run: instead of finished', {
    exit: schema<ExitCode>(oneOf([1, 3])),
    message: text,
  }),
  event('paused', 'watch: trouble with the output is waited out', { reason: text }),
  event('resumed', 'watch: it goes on', { seconds: amount }),
  event('status', 'watch: how it goes, every 5 s, as in the status file', { status: statusSchema }),
] as const;

export type RunEvent = Of<(typeof RUN_EVENTS)[number]>;

/** `signal`: aborted with the exit code as reason, it lets what is under way finish and ends the run. */
export interface RunControl {
  readonly signal: AbortSignal;
  emit(event: RunEvent): void;
  /** Given what the report says in a few lines, when one is made. */
  summarise?(text: string): void;
}
