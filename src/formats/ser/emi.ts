/**
 * The EMI file beside SER files: `grid.emi` for `grid_1.ser`, `grid_2.ser`. Of its layout nothing is published; in it
 * stands a piece of XML for each SER file, which says how it was taken.
 */

import fs from 'node:fs';
import path from 'node:path';
import { openRegular, readFully } from '../../files/input-file.ts';
import type { Metadata } from '../../model/metadata.ts';
import { Fault } from '../../model/outcome.ts';
import { stated } from '../stated.ts';

/** A real one has some ten kilobytes, more with spectra; larger ones are not looked into. */
const MOST_BYTES = 64 << 20;

/** What the EMI file says of a SER file; nothing where it is missing, or cannot be read. */
export function besideSer(file: string): Metadata {
  const name = /^(.*)_(\d+)\.ser$/i.exec(path.basename(file));
  if (!name) return {};
  const described = textOf(path.join(path.dirname(file), name[1]!));
  const objects = described.match(/<ObjectInfo>.*?<\/ObjectInfo>/gs) ?? [];
  const object = objects[Number(name[2]) - 1];
  return object === undefined ? {} : metadataIn(object);
}

function textOf(base: string): string {
  for (const extension of ['.emi', '.EMI']) {
    try {
      const open = openRegular(base + extension);
      try {
        if (open.size > MOST_BYTES) return '';
        const bytes = Buffer.alloc(open.size);
        readFully(open, bytes, 0);
        return bytes.toString('latin1');
      } finally {
        fs.closeSync(open.fd);
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
  }
  return '';
}

function metadataIn(xml: string): Metadata {
  const tag = (name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim();
  const label = (name: string): string | undefined =>
    new RegExp(`<Label>${name}</Label>\\s*<Value>([^<]*)</Value>`).exec(xml)?.[1]?.trim();
  const number = (text: string | undefined): number | undefined => {
    const value = Number.parseFloat(text ?? '');
    return Number.isFinite(value) ? value : undefined;
  };
  const camera = tag('CameraNamePath') || undefined;
  const diffraction = /diffraction/i.test(label('Mode') ?? '');
  const volts = number(tag('AcceleratingVoltage'));
  return stated({
    // Of a scan it is the time for one pixel.
    exposureSeconds: camera === undefined ? undefined : number(tag('DwellTimePath')),
    binning: number(tag('Binning')),
    kilovolts: volts === undefined ? number(label('High tension')) : volts / 1000,
    magnification: diffraction ? undefined : number(label('Magnification')),
    tilt: number(label('Stage A')),
    camera,
    diffraction: diffraction || undefined,
  });
}
