/** Reads dark, bright, norm and defects into the shared memory, checks them, and says what is odd about them. */

import path from 'node:path';
import { type OpenExposure, openExposure } from '../formats/index.ts';
import { extend, type Kernels, MEMORY_LIMIT } from '../kernels/kernels.ts';
import type { Pages } from '../kernels/pages.ts';
import type { FirstRow } from '../model/exposure.ts';
import { Fault, Refusal, Trouble } from '../model/outcome.ts';
import {
  judgeNormLevel,
  levelOf,
  refuseNorm,
  refuseOtherKind,
  refuseOtherName,
  refuseSameContent,
  refuseUnevenBright,
} from './acceptance.ts';
import { fitted } from './defect-lists/fit.ts';
import { readDefectList } from './defect-lists/index.ts';
import type { DefectList, Size } from './defect-lists/list.ts';
import { markList } from './defect-lists/mask.ts';
import { DefectMask, layOutDefects, toldBeyondRepair } from './defects.ts';
import { KeptHashes } from './kept-hashes.ts';
import { checkNorm, normFromBright } from './norm.ts';
import { type PlaneRead, PlaneReader } from './plane-reader.ts';
import {
  misfit,
  NO_REFERENCES,
  type ReferenceFile,
  type ReferenceLayout,
  type ReferencePaths,
  referenceFiles,
} from './references.ts';
import { AS_GIVEN, scaleDark, type Treatment, turnMarks, turnOf } from './treatment.ts';
import { turnedSize } from './turns.ts';

export type { ReferencePaths } from './references.ts';

/** What the slots of the workers keep of the 4 GiB. */
const FOR_WORKERS = 2 ** 30;

const NO_DARK =
  '--norm without --dark: the counts that the camera gives without a beam stay in the image; give --dark, unless the camera subtracts it itself';

const DARK_ALONE =
  '--dark without --norm or --bright: the dark is subtracted, differences between the pixels and the beam stay in the image; right where the camera applies its gain reference itself';

export interface Loaded {
  readonly layout: ReferenceLayout;
  readonly notes: readonly string[];
}

/**
 * Loads the references that are given. `stored`: rows are taken as they are stored, whatever the container. `kept`: hashes
 * that need not be computed, and where the others go.
 * @throws Refusal naming the file, what was found and what to do
 */
export async function loadReferences(
  paths: ReferencePaths,
  stored: boolean,
  kernels: Kernels,
  memory: Pages,
  treatment: Treatment = AS_GIVEN,
  kept = new KeptHashes(null),
): Promise<Loaded> {
  const files = referenceFiles(paths);
  if (files.length === 0) return { layout: NO_REFERENCES, notes: [] };
  const open: Open[] = [];
  const lists: List[] = [];
  try {
    for (const [order, { role, file: name }] of files.entries()) {
      const found = role === 'defects' ? await readDefectList(name) : null;
      if (found) lists.push({ order, name, ...found });
      else open.push({ order, role, name, exposure: await openReference(role, name) });
    }
    const notes: string[] = [];
    // The rows of the first image decide in which order all stand in memory.
    const [first] = open;
    const stands = first ? first.exposure.source.exposure : sizeOf(lists);
    const { firstRow } = stands;
    const { width, height } = turnedSize(turnOf(treatment, first?.role ?? 'defects'), stands);
    for (const { role, name, exposure } of open) {
      const odd = misfit({ width, height }, turnedSize(turnOf(treatment, role), exposure.source.exposure));
      if (odd) throw new Refusal(`${name} (${role}) and ${first!.name} (${first!.role}) differ in size: ${odd}`);
    }

    for (const { role, name, exposure } of open) refuseOtherKind(role, name, exposure.source.carried.description);
    const stride = Math.ceil(width / 8) * 8;
    const planes = open.filter(({ role }) => role !== 'defects').length;
    if ((planes + 0.1) * stride * 4 * height > MEMORY_LIMIT - FOR_WORKERS) {
      throw new Refusal(
        `${files[0]!.file}: ${width} x ${height} px; references of more than ${Math.floor((MEMORY_LIMIT - FOR_WORKERS) / 8e6)} million pixels do not fit into the memory of the kernels (4 GiB)`,
      );
    }
    // Pixels that the references show to be bad, and those that the map says: only the former tell of a wrong reference.
    const mask = new DefectMask(width, height);
    const map = new DefectMask(width, height);
    const loaded: Partial<Record<ReferenceFile['role'], PlaneRead>> = {};
    const hashes = new Map<number, string>();
    for (const { order, role, name, exposure } of open) {
      const { source } = exposure;
      const turned = !stored && source.exposure.firstRow !== firstRow;
      if (turned) notes.push(`${name}: rows flipped vertically to match ${first!.name}`);
      if (source.exposure.frames > 1) notes.push(`${name}: a stack of ${source.exposure.frames} frames, averaged`);
      const turn = turnOf(treatment, role);
      const turning = { turn, firstRow: stored ? ('bottom' as const) : firstRow };
      const reader = new PlaneReader(name, exposure, turned, kernels, memory, turning, kept.known(exposure.file));
      if (role === 'defects') {
        hashes.set(order, await reader.mark(map));
      } else {
        const plane = await reader.read(mask);
        loaded[role] = plane;
        hashes.set(order, plane.hash);
      }
      kept.learn(exposure.file, hashes.get(order)!);
    }

    for (const { order, name, list, hash } of lists) {
      const size = turnedSize(treatment.defects, { width, height });
      const { list: fits, note } = fitted(name, list, size);
      if (note !== null) notes.push(note);
      const own = treatment.defects === 'none' ? map : new DefectMask(size.width, size.height);
      markList(own, fits, !stored && fits.firstRow !== firstRow);
      if (own !== map) turnMarks(treatment.defects, own, map, stored ? 'bottom' : firstRow);
      hashes.set(order, hash);
    }

    refuseSameContent(files.map(({ role, file: name }, i) => ({ role, name, hash: hashes.get(i)! })));
    for (const role of ['dark', 'bright', 'bias'] as const)
      if (loaded[role]) refuseNorm(role, loaded[role], paths[role]!);
    const level = loaded.dark ? levelOf(loaded.dark) : null;
    if (loaded.bright) {
      normFromBright(loaded.bright, loaded.dark!, mask, paths.bright!, kernels);
      refuseUnevenBright(loaded.bright, paths.bright!);
    }
    if (loaded.norm) {
      const odd = judgeNormLevel(loaded.norm, paths.norm!);
      if (odd) notes.push(odd);
      if (!loaded.dark) notes.push(NO_DARK);
      checkNorm(loaded.norm, mask, paths.norm!, kernels);
    }
    if (loaded.dark && !loaded.bright && !loaded.norm) notes.push(DARK_ALONE);
    if (loaded.dark) scaleDark(loaded.dark, loaded.bias ?? null, treatment.darkScale);
    for (const { role, file } of files) refuseOtherName(role, file);
    mask.join(map);
    const blank = extend(memory, 2 * stride * 4);
    new Float32Array(memory.buffer, blank + stride * 4, stride).fill(1);
    const defects = mask.marked ? layOutDefects(mask, memory) : null;
    const trouble = defects && toldBeyondRepair(defects);
    if (trouble) notes.push(trouble);
    const layout: ReferenceLayout = {
      width,
      height,
      stride: stride * 4,
      firstRow: stored ? null : firstRow,
      dark: loaded.dark?.address ?? 0,
      norm: (loaded.bright ?? loaded.norm)?.address ?? 0,
      zeros: blank,
      ones: blank + stride * 4,
      defects,
      files: files.map(({ role, file }, i) => ({
        role,
        path: path.resolve(file),
        hash: hashes.get(i)!,
        level: role === 'dark' ? level : null,
        ...(turnOf(treatment, role) !== 'none' && { orientation: turnOf(treatment, role) }),
        ...(role === 'dark' && treatment.darkScale !== 1 && { scale: treatment.darkScale }),
      })),
    };
    return { layout, notes };
  } catch (error) {
    throw error instanceof Fault ? unread(error, error.message) : error;
  } finally {
    for (const { exposure } of open) exposure.close();
  }
}

/** `order`: where it stands among all files. */
interface Open {
  readonly order: number;
  readonly role: ReferenceFile['role'];
  readonly name: string;
  readonly exposure: OpenExposure;
}

interface List {
  readonly order: number;
  readonly name: string;
  readonly list: DefectList;
  readonly hash: string;
}

/** Where lists of defects are the only references. @throws Refusal when none says how large the camera is */
function sizeOf(lists: readonly List[]): Size & { readonly firstRow: FirstRow } {
  const found = lists.find(({ list }) => list.size !== null);
  if (!found)
    throw new Refusal(
      `${lists[0]!.name}: it does not say how large the camera is, and no other reference is given; give it together with --dark or --norm, or make a map: darkroom reference defects --from ${lists[0]!.name} --like EXPOSURE --out MAP.mrc`,
    );
  return { ...found.list.size!, firstRow: found.list.firstRow };
}

async function openReference(role: string, name: string): Promise<OpenExposure> {
  try {
    return await openExposure(name, role === 'defects' ? 'defects' : 'image');
  } catch (error) {
    throw error instanceof Fault ? unread(error, `--${role}: ${error.message}`) : error;
  }
}

/** A reference that cannot be read is refused; one that this computer cannot open just now may be read later. */
const unread = (fault: Fault, message: string): Refusal | Trouble =>
  fault.kind === 'scarce' ? new Trouble(message, { cause: fault }) : new Refusal(message, { cause: fault });
