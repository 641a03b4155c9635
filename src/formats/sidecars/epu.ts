/** XML that EPU and its sisters (Thermo Fisher) write beside each image: a `MicroscopeImage`, in SI units. */

import type { Draft } from '../../model/metadata.ts';
import { numberIn, type Sidecar, type Statement } from './sidecar.ts';
import { timeIn } from './times.ts';
import { type Element, elementAt, textAt, xmlTree } from './xml.ts';

export const epu: Sidecar = {
  name: '.xml',
  limit: 8 << 20,
  // The frames of a movie stand beside the XML of its sum.
  places: (folder, _name, stem) => {
    const sum = stem.replace(/_(fractions|gain|eer)$/i, '');
    return [...new Set([stem, sum])].map((each) => `${folder}${each}.xml`);
  },
  read: readEpu,
};

const ANGSTROMS_PER_METRE = 1e10;

async function readEpu(text: string): Promise<Statement | null> {
  const root = await xmlTree(text);
  // Many programs write XML; of theirs nothing is said.
  return root.name === 'MicroscopeImage' ? { draft: draftOf(root), notes: [] } : null;
}

function draftOf(root: Element): Draft {
  const number = (...names: string[]): number | undefined => numberIn(textAt(root, ...names));
  const camera = ['microscopeData', 'acquisition', 'camera'] as const;
  const optics = ['microscopeData', 'optics'] as const;
  const custom = customData(elementAt(root, 'CustomData'));
  const name = textAt(root, ...camera, 'Name');
  const ofDetector = (what: string): string | undefined => custom.get(`Detectors[${name}].${what}`);
  const size = number('SpatialScale', 'pixelSize', 'x', 'numericValue');
  const unit = elementAt(root, 'SpatialScale', 'pixelSize', 'x', 'unit')?.children.find(({ name }) =>
    /Symbol/.test(name),
  );
  const radians = number('microscopeData', 'stage', 'Position', 'A');
  const dose = numberIn(custom.get('Dose'));
  const projector = textAt(root, ...optics, 'ProjectorMode');
  const column = textAt(root, ...optics, 'ColumnOperatingMode');
  const scale = unit === undefined || unit.text.trim() === 'm' ? ANGSTROMS_PER_METRE : Number.NaN;
  return {
    taken: timeIn(textAt(root, 'microscopeData', 'acquisition', 'acquisitionDateTime') ?? ''),
    takenFrom: 'EPU acquisitionDateTime',
    exposureSeconds: number(...camera, 'ExposureTime') ?? numberIn(ofDetector('ExposureTime')),
    pixelSize: size === undefined ? undefined : size * scale,
    binning: number(...camera, 'Binning', 'x'),
    kilovolts: (number('microscopeData', 'gun', 'AccelerationVoltage') ?? Number.NaN) / 1000,
    magnification: number(...optics, 'TemMagnification', 'NominalMagnification'),
    // Electrons per square metre.
    dose: dose === undefined ? undefined : dose / ANGSTROMS_PER_METRE ** 2,
    tilt: radians === undefined ? undefined : (radians * 180) / Math.PI,
    camera: ofDetector('CommercialName') ?? custom.get('DetectorCommercialName') ?? name,
    gainReference: ofDetector('GainReference') ?? ofDetector('EerGainReference'),
    diffraction: projector === undefined || column !== 'TEM' ? undefined : projector === 'Diffraction',
  };
}

/** Its pairs of `Key` and `Value`. */
function customData(from: Element | undefined): ReadonlyMap<string, string> {
  const pairs = (from?.children ?? []).flatMap((pair): [string, string][] => {
    const [key, value] = [textAt(pair, 'Key'), textAt(pair, 'Value')];
    return key && value ? [[key, value]] : [];
  });
  return new Map(pairs);
}
