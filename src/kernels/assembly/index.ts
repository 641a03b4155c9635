/** Every kernel the host may call; their types stand in `../kernels.ts`. */

export { listBits } from './bits';
export * from './checksum';
export * from './clip';
export { correlate } from './correlate';
export { decoderConsumed, decoderEnded } from './decoder';
export * from './defects';
export { packDeflate, packDeflateBytes, packDeflateMost } from './deflate/pack';
export * from './despike';
export * from './despike-float32';
export * from './despike-robust';
export * from './finite';
export * from './flat-field';
export * from './inline';
export * from './lowest';
export * from './lzw';
export * from './nibbles';
export * from './pack';
export * from './pack-bits';
export * from './pack-lzw';
export * from './predictor';
export { clearBits, openRowLayout, rowLayoutBytes } from './rows';
export * from './sample';
export * from './spikes';
export * from './survey';
export * from './swap';
export { tallyBytes } from './tally';
export * from './unpack';
