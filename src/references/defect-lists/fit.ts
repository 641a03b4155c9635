/** Fits a list of defects, which counts the pixels of the camera, to the size of an image. */

import { Refusal } from '../../model/outcome.ts';
import { type Area, type DefectList, type Size, within } from './list.ts';
import { unturned } from './turn.ts';

/** An image may be smaller than the camera by this part, as some programs trim its border. */
const TRIMMED = 0.04;

/** A list whose pixels are those of an image, and what was done for it; null: nothing. */
export interface Fitted {
  readonly list: DefectList;
  readonly note: string | null;
}

/**
 * Scales a list to the binning of an image. A binned pixel is bad as soon as one of the camera's is.
 * @throws Refusal when the sizes have nothing to do with each other, or a defect is outside the camera
 */
export function fitted(name: string, list: DefectList, image: Size): Fitted {
  refuseOutside(name, list, list.size ?? image);
  if (list.size === null) return { list: { ...list, size: image }, note: null };
  const direct = scaled(list, image);
  if (direct) return direct.note === null ? direct : { ...direct, note: `${name}: ${direct.note}` };
  const { width, height } = list.size;
  if (list.rotationAndFlip % 2 === 1) {
    const back = scaled(unturned(list), image);
    if (back) return { ...back, note: `${name}: turned back from RotationAndFlip ${list.rotationAndFlip}` };
  }
  const turned = scaled({ ...list, size: { width: height, height: width } }, image);
  const way = turned
    ? 'turned by 90 degrees; turn the list with darkroom reference defects --from FILE --rotation-flip 0 to 7 --out NEW'
    : 'is it the list of another camera? give that of this one';
  throw new Refusal(
    `${name}: found a camera of ${inText(list.size)} px, expected ${inText(image)} px or a multiple of it: ${way}`,
  );
}

const inText = ({ width, height }: Size): string => `${width} x ${height}`;

/** Null: the image is no binned image of the camera. */
function scaled(list: DefectList, image: Size): Fitted | null {
  const { width, height } = list.size!;
  if (width === image.width && height === image.height) return { list, note: null };
  const finer = image.width / width;
  if (Number.isInteger(finer) && image.height === height * finer) {
    const map = (first: number, count: number): [number, number] => [first * finer, count * finer];
    return { list: mapped(list, image, map, map), note: `scaled by ${finer} from ${inText(list.size!)} px` };
  }
  const binning = Math.floor(width / image.width);
  const spare = [width - binning * image.width, height - binning * image.height] as const;
  const most = [TRIMMED * width, TRIMMED * height] as const;
  if (binning < 1 || spare.some((each, i) => each < 0 || each > most[i]!)) return null;
  // The image shows the middle of the camera.
  const along =
    (spared: number) =>
    (first: number, count: number): [number, number] => {
      const from = Math.floor((first - Math.floor(spared / 2)) / binning);
      const last = Math.floor((first + count - 1 - Math.floor(spared / 2)) / binning);
      return [from, last - from + 1];
    };
  const said = [
    ...(binning > 1 ? [`binned by ${binning}`] : []),
    // A row or column that does not fill a binned pixel is no trimming.
    ...(spare.some((each) => each >= binning) ? ['the image is taken for the middle of the camera'] : []),
  ].join(', ');
  const list2 = mapped(list, image, along(spare[0]), along(spare[1]));
  return { list: list2, note: said === '' ? null : `${said}, from ${inText(list.size!)} px` };
}

type Along = (first: number, count: number) => [number, number];

function mapped(list: DefectList, size: Size, x: Along, y: Along): DefectList {
  const area = <Each extends Omit<Area, 'line'>>(each: Each): Each => {
    const [col, width] = x(each.col, each.width);
    const [row, height] = y(each.row, each.height);
    return { ...each, col, row, width, height };
  };
  const areas = list.areas.map(area).flatMap((each) => {
    const inside = within(each, size);
    return inside ? [inside] : [];
  });
  // A pixel at the edge of the usable area that is usable in part is bad.
  const usable = list.usable && usableIn(list.usable, x, y);
  return { ...list, size, areas, usable };
}

function usableIn({ col, row, width, height }: Omit<Area, 'line'>, x: Along, y: Along): Omit<Area, 'line'> {
  const edge = (along: Along, first: number): number => {
    const [before, count] = first === 0 ? [0, 0] : along(0, first);
    return Math.max(0, before + count);
  };
  const end = (along: Along, past: number): number => (Number.isFinite(past) ? along(past, 1)[0] : past);
  const [left, top] = [edge(x, col), edge(y, row)];
  return { col: left, row: top, width: end(x, col + width) - left, height: end(y, row + height) - top };
}

function refuseOutside(name: string, { areas, usable }: DefectList, { width, height }: Size): void {
  const past = (first: number, count: number, end: number): boolean =>
    first >= end || (Number.isFinite(count) && first + count > end);
  const odd = areas.find((each) => past(each.col, each.width, width) || past(each.row, each.height, height));
  const where = odd ? `${name}, line ${odd.line}` : name;
  const area = odd ?? usable;
  if (!area || !(past(area.col, area.width, width) || past(area.row, area.height, height))) return;
  const last = (first: number, count: number): number => (Number.isFinite(count) ? first + count - 1 : first);
  throw new Refusal(
    `${where}: found column ${last(area.col, area.width)}, row ${last(area.row, area.height)}, expected pixels of ${width} x ${height} px; is it the list of another camera or binning?`,
  );
}
