/** What a decoder of strips keeps from piece to piece: see `lzw.ts` and `pack-bits.ts`. */

@unmanaged
export class DecoderState {
  /** Bytes of the input that the last call consumed. */
  consumed: i32;
  /** One of the ends below. */
  end: i32;

  /** LZW: the first bit (0 to 7) of the next code, its width, entries in use, and the code before (-1 after a clear). */
  bit: i32;
  width: i32;
  next: i32;
  before: i32;
}

/** Values of `end`. */
export const OPEN: i32 = 0;
export const ENDED: i32 = 1;
export const DAMAGED: i32 = 2;

/** The input that the last call consumed, in bytes. */
export function decoderConsumed(state: DecoderState): i32 {
  return state.consumed;
}

/** Whether the decoder has come to the end of its strip, or found damage. */
export function decoderEnded(state: DecoderState): bool {
  return state.end !== OPEN;
}
