/** The part of WebAssembly that is used here. Node's types leave it to those of browsers, which bring a window along. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
  class Memory {
    constructor(limits: { initial: number; maximum: number; shared: true });
    /** In pages of 64 KiB; returns the number of pages before. @throws RangeError at the maximum */
    grow(pages: number): number;
    readonly buffer: SharedArrayBuffer;
  }
}
