/** What the fields of a TIFF say of how it was taken: its date, and the texts of the programs that wrote it. */

import { type Draft, type Metadata, stated, together } from '../../model/metadata.ts';
import { numberIn } from '../sidecars/sidecar.ts';
import { timeIn } from '../sidecars/times.ts';
import { serialEmTitles } from '../sidecars/titles.ts';
import { beforeNul, linesOf, textsOf } from './description.ts';
import type { TiffField } from './fields.ts';

/** `fields`: those carried of the first page; `pixelSize` in angstrom; `tem`: what TVIPS states, which counts first. */
export function metadataOf(
  fields: readonly TiffField[],
  pixelSize: number | undefined,
  tem: Draft = {},
): Metadata | undefined {
  const texts = textsOf(fields);
  const drafts = [tem, ofOme(texts), serialEmTitles(linesOf(fields)), ofFei(fields), ofTags(fields), { pixelSize }];
  return together(...drafts.map(stated));
}

/** Where TVIPS says how an exposure was taken: see `tem-data.ts`, which reads it. */
export const TEM_DATA = 37_706;

const textIn = (fields: readonly TiffField[], tag: number): string | undefined => {
  const field = fields.find((each) => each.tag === tag);
  return field && beforeNul(field.bytes).toString('latin1');
};

function ofTags(fields: readonly TiffField[]): Draft {
  const written = textIn(fields, 306);
  return { taken: written ? timeIn(written) : undefined, takenFrom: 'TIFF DateTime' };
}

/** Seconds in the units of OME-XML's times. */
const SECONDS: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, µs: 1e-6, ns: 1e-9, min: 60, h: 3600 };

function ofOme(texts: readonly string[]): Draft {
  const text = texts.find((each) => /<(?:\w+:)?OME[\s>]/.test(each));
  if (!text) return {};
  const date = /<(?:\w+:)?AcquisitionDate>([^<]*)</.exec(text)?.[1];
  const planes = [...text.matchAll(/<(?:\w+:)?Plane\s[^<>]*>/g)].map(([plane]) => {
    const unit = SECONDS[/\sExposureTimeUnit="([^"]+)"/.exec(plane)?.[1] ?? 's'];
    const time = numberIn(/\sExposureTime="([^"]+)"/.exec(plane)?.[1]);
    return time === undefined || unit === undefined ? Number.NaN : time * unit;
  });
  return {
    taken: date ? timeIn(date) : undefined,
    takenFrom: 'OME AcquisitionDate',
    exposureSeconds: new Set(planes).size === 1 ? planes[0] : undefined,
  };
}

/** FEI and Thermo Fisher, tag 34682 or 34680: an INI text. */
function ofFei(fields: readonly TiffField[]): Draft {
  const text = textIn(fields, 34_682) ?? textIn(fields, 34_680);
  const volts = text && /^\[Beam\][^[]*?^HV=([-+.\deE]+)/m.exec(text)?.[1];
  return { kilovolts: volts ? (numberIn(volts) ?? Number.NaN) / 1000 : undefined };
}
