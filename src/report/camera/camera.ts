/** What the survey of a session says of the camera and its references, as figures and in plain sentences. */

import type { SurveyedColumns } from '../../correct/observe/survey.ts';
import type { MeanImage } from '../../journal/mean-image.ts';
import type { Pictures, Shared } from '../../journal/pictures.ts';
import { CAMERA_VERDICT, type CameraVerdict } from '../../model/events.ts';
import {
  described,
  each,
  flag,
  list,
  number,
  type Of,
  oneOf,
  orNull,
  record,
  text,
  whole,
} from '../../model/schema.ts';
import { type BadPixels, badPixels, badPixelsSchema } from './bad-pixels.ts';
import { type Patterns, patternsOf, type Seam, seamSchema, seams } from './fixed-pattern.ts';
import { FEWEST_EXPOSURES, type GainResidual, gainResidual, gainSchema, overLimits } from './gain.ts';
import { hotPixels, hotPixelsSchema } from './hot-pixels.ts';
import { type BadLine, badLines, type Edge, edgeSchema, edgesOf, lineSchema } from './lines.ts';
import { ORIENTATIONS, type OrientationFit, orientationFitSchema, orientationsOf } from './orientation.ts';
import { broken } from './proposed.ts';

const columnFigures = record({
  strength: described(number, 'standard deviation from column to column, parts of the mean'),
  correlation: orNull(number),
});

const check = record({
  name: text,
  passed: described(orNull(flag), 'null: it cannot be checked, `found` says why'),
  found: text,
});

/** The verdict of `verdictOf`, and the figures it comes from. */
export const cameraSchema = record({
  ...CAMERA_VERDICT,
  checks: list(check),
  orientations: described(
    list(orientationFitSchema),
    'how well the raw images match the references in each orientation that can be told apart, the best first',
  ),
  firstRow: described(
    oneOf(['bottom', 'top', null]),
    'which row of the picture is row 0; null: rows as they are stored',
  ),
  columns: each(['raw', 'corrected'], columnFigures),
  seams: each(['raw', 'corrected'], list(seamSchema)),
  hotPixels: hotPixelsSchema,
  badPixels: badPixelsSchema,
  badLines: described(list(lineSchema), 'rows and columns that are off when corrected, whole or by half'),
  edges: described(list(edgeSchema), 'steps between rows and between columns of the corrected images'),
  gain: described(orNull(gainSchema), 'what the night shows of the gain beside the norm; null: there is no mean image'),
  brokenColumns: described(
    list(whole),
    'columns that are far from their neighbours when corrected, which no map of defects has repaired',
  ),
});

export type CameraReport = Of<typeof cameraSchema>;
type ColumnFigures = Of<typeof columnFigures>;
type CameraCheck = Of<typeof check>;

/** Columns and steps that the eye sees in an image, parts of the mean. */
const COLUMNS_SEEN = 0.004;
const STEP_SEEN = 0.003;

/** Times what is usual elsewhere. */
const STANDS_OUT = 5;

const ALIKE = 0.5;

/** By so much another orientation must match better than the one that was given. */
const CLEARLY = 0.25;

/** Columns that a warning names. */
const NAMED = 8;

export function cameraOf({ survey, mean }: Pictures): CameraReport | null {
  if (!survey) return null;
  const { verdict, checks, evidence } = judged(survey, mean);
  const figures = ({ strength, correlation }: ColumnFigures): ColumnFigures => ({ strength, correlation });
  return {
    ...verdict,
    checks,
    orientations: evidence.orientations,
    firstRow: survey.firstRow,
    columns: { raw: figures(evidence.columns.raw), corrected: figures(evidence.columns.corrected) },
    seams: evidence.seams,
    hotPixels: hotPixels(survey),
    brokenColumns: [...evidence.broken],
    badPixels: evidence.pixels,
    badLines: [...evidence.lines],
    edges: [...evidence.edges],
    gain: evidence.gain,
  };
}

/** What is said of the camera everywhere: the page, the terminal, events, status and exit code. Null: nothing was surveyed. */
export const verdictOf = ({ survey, mean }: Shared): CameraVerdict | null =>
  survey ? judged(survey, mean).verdict : null;

interface Evidence {
  readonly columns: Patterns;
  readonly orientations: readonly OrientationFit[];
  readonly seams: Readonly<Record<'raw' | 'corrected', readonly Seam[]>>;
  readonly broken: readonly number[];
  readonly lines: readonly BadLine[];
  readonly edges: readonly Edge[];
  readonly pixels: BadPixels;
  readonly gain: GainResidual | null;
}

/** A check, and what a person should hear when it failed. */
interface Judgement extends CameraCheck {
  readonly warning?: string;
}

function judged(
  survey: SurveyedColumns,
  mean: MeanImage | null,
): { verdict: CameraVerdict; checks: CameraCheck[]; evidence: Evidence } {
  const columns = patternsOf(survey);
  const evidence = {
    columns,
    orientations: orientationsOf(survey),
    seams: {
      raw: mean ? seams(mean, 'raw', survey) : [],
      corrected: mean ? seams(mean, 'corrected', survey) : [],
    },
    broken: broken(survey),
    lines: badLines(survey),
    edges: edgesOf(survey),
    pixels: badPixels(survey),
    gain: mean ? gainResidual(mean) : null,
  };
  const orientation = judgeOrientation(evidence);
  const turned = orientation.passed === false;
  // The likeliest cause first; what follows from another cause last.
  const ofReferences = [
    orientation,
    judgeNorm(evidence, turned),
    judgeColumns(evidence, turned),
    judgeSteps(evidence, turned),
  ];
  const fits = ofReferences.every(({ passed }) => passed !== false);
  const all: Judgement[] = [
    ...ofReferences,
    judgeBroken(evidence, fits),
    ...(survey.grids ? [judgeRows(evidence, fits)] : []),
    ...(survey.far ? [judgePixels(evidence, fits)] : []),
    judgeGain(evidence),
  ];
  return {
    verdict: { exposures: survey.exposures, fits, warnings: all.flatMap(({ warning }) => warning ?? []) },
    checks: all.map(({ name, passed, found }) => ({ name, passed, found })),
    evidence,
  };
}

function judgeOrientation({ orientations, columns: { raw } }: Evidence): Judgement {
  const name = 'references are neither turned nor flipped left to right';
  const given = orientations.find(({ orientation }) => orientation === ORIENTATIONS[0]);
  const best = orientations[0];
  if (!best || raw.strength < COLUMNS_SEEN)
    return { name, passed: null, found: 'norm or raw images have no columns to compare' };
  // Turned by 90 degrees, rows without a pattern become columns without one.
  const asGiven = given?.correlation ?? 0;
  const found = `correlation ${inHundredths(asGiven)} as given${orientations
    .filter((each) => each !== given)
    .map(({ orientation, correlation }) => `, ${inHundredths(correlation)} ${orientation}`)
    .join('')}`;
  const passed = best === given || best.correlation < ALIKE || best.correlation < asGiven + CLEARLY;
  if (passed) return { name, passed, found };
  const warning = `The references look ${best.orientation}: so the columns of the norm match those of the raw images (correlation ${inHundredths(
    best.correlation,
  )}), as given they do not (${inHundredths(asGiven)}). Turn dark and bright, or the norm, to match the exposures, or take new ones.`;
  return { name, passed, found, warning };
}

function judgeNorm({ columns: { raw } }: Evidence, turned: boolean): Judgement {
  const name = 'raw images show the columns of the norm';
  const { correlation, strength } = raw;
  if (correlation === null || strength < COLUMNS_SEEN)
    return { name, passed: null, found: 'norm or raw images have no columns to compare' };
  const found = `correlation ${inHundredths(correlation)}`;
  if (correlation >= ALIKE) return { name, passed: true, found };
  // Half of the norm's columns: more than that is removed by the norm, and less is put in.
  if (raw.certain.mostOfNorm === null || raw.certain.mostOfNorm >= ALIKE)
    return { name, passed: null, found: `${found}, of too few counts to tell` };
  if (turned) return { name, passed: false, found };
  const warning = `The raw images do not show the columns of the norm (${found}): are the references turned or flipped, or of another camera or mode?`;
  return { name, passed: false, found, warning };
}

function judgeColumns({ columns: { raw, corrected } }: Evidence, turned: boolean): Judgement {
  const name = 'no columns are left in the corrected images';
  const found = `columns of ${percent(corrected.strength)} of the mean (raw: ${percent(raw.strength)})`;
  if (corrected.strength < COLUMNS_SEEN) return { name, passed: true, found };
  if (corrected.certain.leastStrength < COLUMNS_SEEN)
    return { name, passed: null, found: `${found}, of too few counts to tell` };
  const pattern = Math.abs(corrected.correlation ?? 0) >= ALIKE;
  const cause = turned
    ? `The corrected images have ${found}: references that fit leave none.`
    : pattern
      ? `The corrected images still carry the pattern of the norm, ${found}: wrong reference? If it is neither turned nor flipped, take new ones with this camera mode.`
      : `The corrected images have ${found} that are not those of the norm: has the camera changed since? Take new references.`;
  return { name, passed: false, found, warning: cause };
}

export const standsOut = ({ part, usual }: Seam): boolean =>
  Math.abs(part) >= STEP_SEEN && Math.abs(part) >= STANDS_OUT * usual;

function judgeSteps({ seams: { corrected }, edges }: Evidence, turned: boolean): Judgement {
  const name = 'no step is left where two readouts meet';
  if (edges.length > 0 && !corrected.some(standsOut)) {
    const said = (edge: Edge): string => `${percent(edge.part)} at ${edge.between.slice(0, -1)} ${edge.at}`;
    const found = `${edges.slice(0, NAMED).map(said).join(', ')}${edges.length > NAMED ? ` and ${edges.length - NAMED} more` : ''}`;
    const warning = `The corrected images have steps (${found}): has one readout of the camera changed since the norm was made? Take new references.`;
    return { name, passed: false, found, ...(turned ? {} : { warning }) };
  }
  if (corrected.length === 0) return { name, passed: null, found: 'there is no mean image' };
  const steps = corrected.filter(standsOut);
  const largest = corrected.reduce((most, { part }) => Math.max(most, Math.abs(part)), 0);
  if (steps.length === 0) return { name, passed: true, found: `${percent(largest)} of the mean at most` };
  const found = steps.map(({ along, part }) => `${percent(part)} along the ${along}`).join(', ');
  const cause = turned ? '' : ' Are they turned or flipped, or of another mode? If not, take new references.';
  return {
    name,
    passed: false,
    found,
    warning: `The corrected images have a step in the middle, where two readouts meet (${found}): dark or norm do not fit.${cause}`,
  };
}

const nextStep = (fits: boolean): string =>
  fits ? 'make a map of defects with darkroom report --write-defects' : 'mend the references first, then look again';

const judgeBroken = ({ broken }: Evidence, fits: boolean): Judgement =>
  judgeLines('no column is far from its neighbours', 'column', broken, fits);

function judgeRows({ lines }: Evidence, fits: boolean): Judgement {
  const rows = lines.filter(({ line }) => line === 'row').map(({ at }) => at);
  return judgeLines('no row is far from its neighbours', 'row', rows, fits);
}

function judgeLines(name: string, line: BadLine['line'], at: readonly number[], fits: boolean): Judgement {
  if (at.length === 0) return { name, passed: true, found: 'none' };
  const found = `${at.slice(0, NAMED).join(', ')}${at.length > NAMED ? ` and ${at.length - NAMED} more` : ''}`;
  const subject = at.length === 1 ? `A ${line} is` : `${at.length} ${line}s are`;
  const warning = `${subject} far from the neighbours in all corrected images (${found}): ${nextStep(fits)}.`;
  return { name, passed: false, found, warning };
}

function judgePixels({ pixels: { exposures, dead, stuck, clusters, left } }: Evidence, fits: boolean): Judgement {
  const name = 'no pixel is dead or stuck';
  if (dead + stuck === 0)
    return left === 0
      ? { name, passed: true, found: `none in ${exposures} exposures` }
      : { name, passed: null, found: `patches of ${left} pixels never change: beam stop, or a part of the camera?` };
  const counted = [
    ...(dead > 0 ? [`${dead} dead`] : []),
    ...(stuck > 0 ? [`${stuck} stuck or saturated`] : []),
    ...(clusters.length > 0 ? [`of them ${clusters.reduce((sum, { pixels }) => sum + pixels, 0)} in clusters`] : []),
  ].join(', ');
  const warning = `${dead + stuck === 1 ? 'A pixel is' : 'Pixels are'} dead or stuck in the corrected images (${counted}): ${nextStep(fits)}.`;
  return { name, passed: false, found: counted, warning };
}

function judgeGain({ gain }: Evidence): Judgement {
  const name = 'the gain of the night is that of the norm';
  if (!gain) return { name, passed: null, found: 'there is no mean image' };
  const found = `residual of ${percent(gain.deviation)} rms, 97.5 to 2.5 percentile ${gain.spread.toFixed(2)}, highest to 97.5 percentile ${gain.highest.toFixed(2)}`;
  if (gain.exposures < FEWEST_EXPOSURES)
    return { name, passed: null, found: `${found}; of ${gain.exposures} exposures, ${FEWEST_EXPOSURES} are needed` };
  const over = overLimits(gain);
  if (over.length === 0) return { name, passed: true, found };
  const warning = `The mean of the corrected images differs from an even one by more than facilities accept (${over.join('; ')}): has the camera changed since the norm was made? Take new references.`;
  return { name, passed: false, found, warning };
}

/** The verdict in one line, the likeliest cause first. */
export function cameraLine({ exposures, warnings }: CameraVerdict): string {
  const [first, ...others] = warnings;
  const of = exposures === 1 ? 'one exposure' : `${exposures} exposures`;
  if (first === undefined) return `camera: references fit (${of})`;
  return `camera: ${first}${others.length > 0 ? ` (${others.length} more, see report.html)` : ''}`;
}

const inHundredths = (value: number): string => value.toFixed(2);

/** 0.0213 as `2.1 %`. */
export const percent = (part: number): string => {
  const value = 100 * part;
  return `${value.toFixed(Math.abs(value) < 0.995 ? 2 : 1)}\u00a0%`;
};
