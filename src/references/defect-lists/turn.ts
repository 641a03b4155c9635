/**
 * SerialEM's RotationAndFlip of a list of defects: how saved images were turned relative to the chip. 0 to 3 are turns by
 * 90 degrees counterclockwise, as the picture is shown with its first row on top; 4 is added for a flip about the vertical
 * axis before the turn. Definition: IMOD, CorrectDefects.cpp.
 */

import type { Area, DefectList, Size } from './list.ts';

type Rectangle = Omit<Area, 'line'>;

/** The list as it would be in images of another RotationAndFlip. The list knows the size of its camera. */
export function turnedTo(list: DefectList, rotationAndFlip: number): DefectList {
  const chip = unturned(list);
  return { ...apply(chip, shown(list, steps(rotationAndFlip))), rotationAndFlip };
}

/** The list in the coordinates of the chip. */
export function unturned(list: DefectList): DefectList {
  const back = steps(list.rotationAndFlip)
    .reverse()
    .flatMap((step) => (step === 'turn' ? (['turn', 'turn', 'turn'] as const) : [step]));
  return { ...apply(list, shown(list, back)), rotationAndFlip: 0 };
}

type Step = 'flip' | 'turn' | 'over';

/** Turns are those of the picture with its first row on top. */
const shown = ({ firstRow }: DefectList, todo: readonly Step[]): readonly Step[] =>
  firstRow === 'top' ? todo : ['over', ...todo, 'over'];

const steps = (rotationAndFlip: number): Step[] => [
  ...(rotationAndFlip & 4 ? (['flip'] as const) : []),
  ...new Array<Step>(rotationAndFlip % 4).fill('turn'),
];

function apply(list: DefectList, todo: readonly Step[]): DefectList {
  let size = list.size!;
  let areas = list.areas;
  let usable = list.usable;
  for (const step of todo) {
    const move = <Each extends Rectangle>(area: Each): Each => ({ ...area, ...MOVES[step](finite(area, size), size) });
    areas = areas.map((area) => endless(move(area), area, step, size));
    usable = usable && move(usable);
    if (step === 'turn') size = { width: size.height, height: size.width };
  }
  return { ...list, size, areas, usable };
}

/** The first row is the one on top. */
const MOVES: Readonly<Record<Step, (area: Rectangle, size: Size) => Rectangle>> = {
  over: (area, { height }) => ({ ...area, row: height - area.row - area.height }),
  flip: (area, { width }) => ({ ...area, col: width - area.col - area.width }),
  turn: ({ col, row, width, height }, size) => ({
    col: row,
    row: size.width - col - width,
    width: height,
    height: width,
  }),
};

function finite<Each extends Rectangle>(area: Each, size: Size): Each {
  return {
    ...area,
    width: Math.min(area.width, size.width - area.col),
    height: Math.min(area.height, size.height - area.row),
  };
}

/** What reached from border to border does so still. */
function endless(moved: Area, before: Area, step: Step, size: Size): Area {
  const whole = [
    before.col === 0 && before.width === Number.POSITIVE_INFINITY,
    before.row === 0 && before.height === Number.POSITIVE_INFINITY,
  ];
  const [across, down] = step === 'turn' ? whole.reverse() : whole;
  const after = step === 'turn' ? { width: size.height, height: size.width } : size;
  return {
    ...moved,
    width: across && moved.width === after.width ? Number.POSITIVE_INFINITY : moved.width,
    height: down && moved.height === after.height ? Number.POSITIVE_INFINITY : moved.height,
  };
}
