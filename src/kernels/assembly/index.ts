export * from './lzw';
export * from './pack-bits';
export * from './predictor';
export * from './swap';
