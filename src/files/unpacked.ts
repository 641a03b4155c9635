/**
 * Gzipped exposures: unpacked into a file without a name in the folder for temporary files, and read from there like any
 * other. Nothing is read of it before gzip's own checksum and size agree, so that a file that is cut short or still being
 * written is never corrected. Memory does not depend on its size.
 */

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Fault } from '../model/outcome.ts';
import { systemError } from '../model/system-error.ts';
import { type OpenFile, readFully } from './input-file.ts';

/** Bytes read at once, and written at once. */
const PIECE_BYTES = 1 << 18;

/** Raw exposures are noise and shrink to half. What grows beyond this is damage, or was made to fill disks. */
const mostBytes = (packed: number): number => 2 ** 28 + 64 * packed;

/**
 * The content of a gzipped file, as a file that is read instead. Of its parts none is asked for.
 * @throws Fault 'incomplete', 'unsupported', 'unreadable'
 */
export async function unpacked(packed: OpenFile): Promise<OpenFile> {
  const { path: name } = packed;
  const fd = withoutName(name);
  try {
    const most = mostBytes(packed.size);
    let size = 0;
    await pipeline(
      pieces(packed),
      createGunzip({ chunkSize: PIECE_BYTES }),
      async (content: AsyncIterable<Uint8Array>) => {
        for await (const piece of content) {
          if (size + piece.length > most) throw tooLarge(name, most);
          writeFully(fd, piece, size);
          size += piece.length;
        }
      },
    );
    return { ...packed, fd, size, packed };
  } catch (error) {
    fs.closeSync(fd);
    throw faultOf(error, name);
  }
}

function* pieces(file: OpenFile): Generator<Uint8Array> {
  for (let at = 0; at < file.size; at += PIECE_BYTES) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, file.size - at));
    readFully(file, piece, at);
    yield piece;
  }
}

/** Whatever becomes of the process, nothing is left of it. */
function withoutName(name: string): number {
  const place = path.join(os.tmpdir(), `darkroom-${randomUUID()}`);
  try {
    const fd = fs.openSync(place, 'wx+', 0o600);
    fs.unlinkSync(place);
    return fd;
  } catch (error) {
    throw faultOf(error, name);
  }
}

function writeFully(fd: number, piece: Uint8Array, position: number): void {
  for (let done = 0; done < piece.length; ) done += fs.writeSync(fd, piece, done, piece.length - done, position + done);
}

const tooLarge = (name: string, most: number): Fault =>
  new Fault(
    'unsupported',
    `${name}: found gzip content of more than ${most} bytes, expected less from a file of this size; if it is an exposure unpack it: gunzip`,
  );

function faultOf(error: unknown, name: string): unknown {
  if (error instanceof Fault) return error;
  // zlib's errors have such codes and are no errors of the system.
  const code = String((error as NodeJS.ErrnoException).code);
  if (code === 'Z_BUF_ERROR' || code === 'Z_DATA_ERROR') {
    const found = code === 'Z_BUF_ERROR' ? 'gzip content that ends early' : 'gzip content that fails its checksum';
    return new Fault(
      'incomplete',
      `${name}: found ${found}; it is damaged or still being written: copy it again, or run again later`,
      { cause: error },
    );
  }
  const said = systemError(error);
  if (!said) return error;
  return new Fault(
    'unreadable',
    `${name}: cannot be unpacked into ${os.tmpdir()}: ${said.words} (${said.name}); give a folder with more room in TMPDIR, or unpack it: gunzip`,
    { cause: error },
  );
}
