/** DM3 and DM4 files as bytes, tag by tag: groups, values, structures, arrays, text; good and odd ones. */

export type DmValue =
  | { readonly int16: number }
  | { readonly int32: number }
  | { readonly uint32: number }
  | { readonly float32: number }
  | { readonly float64: number }
  | { readonly text: string }
  /** Fields of float32. */
  | { readonly struct: readonly number[] }
  /** Structures of two 16-bit numbers, zeros: a colour table. */
  | { readonly structs: number }
  | { readonly array: DmArray };

export interface DmArray {
  /** Encoded type of one, and its bytes. */
  readonly type: number;
  readonly size: number;
  /** As they stand in the file. */
  readonly bytes: Uint8Array;
  /** Another count than there are. */
  readonly count?: number;
}

export interface DmGroup {
  readonly tags: readonly DmTag[];
  /** Another count than there are. */
  readonly count?: number;
}

export type DmTag = readonly [name: string, content: DmValue | DmGroup];

export interface MadeDm {
  readonly version?: 3 | 4;
  readonly littleEndian?: boolean;
  readonly tags: readonly DmTag[];
}

export const group = (...tags: readonly DmTag[]): DmGroup => ({ tags });

/** The whole file. */
export function madeDm({ version = 3, littleEndian = true, tags }: MadeDm): Uint8Array {
  const count = (value: number): Buffer => {
    const bytes = Buffer.alloc(version === 4 ? 8 : 4);
    if (version === 4) bytes.writeBigUInt64BE(BigInt(value));
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const value = (bytes: number, write: (view: DataView) => void): Buffer => {
    const buffer = Buffer.alloc(bytes);
    write(new DataView(buffer.buffer, buffer.byteOffset, bytes));
    return buffer;
  };
  const float32 = (number: number): Buffer => value(4, (view) => view.setFloat32(0, number, littleEndian));
  const described = (info: readonly number[], content: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from('%%%%'), count(info.length), ...info.map(count), content]);

  const encoded = (content: DmValue): Buffer => {
    if ('int16' in content)
      return described(
        [2],
        value(2, (view) => view.setInt16(0, content.int16, littleEndian)),
      );
    if ('int32' in content)
      return described(
        [3],
        value(4, (view) => view.setInt32(0, content.int32, littleEndian)),
      );
    if ('uint32' in content)
      return described(
        [5],
        value(4, (view) => view.setUint32(0, content.uint32, littleEndian)),
      );
    if ('float32' in content) return described([6], float32(content.float32));
    if ('float64' in content)
      return described(
        [7],
        value(8, (view) => view.setFloat64(0, content.float64, littleEndian)),
      );
    if ('text' in content) {
      const letters = Buffer.from(content.text, 'utf16le');
      return described([20, 4, content.text.length], littleEndian ? letters : letters.swap16());
    }
    if ('struct' in content) {
      const fields = content.struct.flatMap(() => [0, 6]);
      return described([15, 0, content.struct.length, ...fields], Buffer.concat(content.struct.map(float32)));
    }
    if ('structs' in content)
      return described([20, 15, 0, 2, 0, 2, 0, 2, content.structs], Buffer.alloc(4 * content.structs));
    const { type, size, bytes, count: said = bytes.length / size } = content.array;
    return described([20, type, said], bytes);
  };
  const grouped = ({ tags: list, count: said = list.length }: DmGroup): Buffer =>
    Buffer.concat([Buffer.from([1, 0]), count(said), ...list.map(tag)]);
  const tag = ([name, content]: DmTag): Buffer => {
    const isGroup = 'tags' in content;
    const body = isGroup ? grouped(content) : encoded(content);
    const letters = Buffer.from(name, 'latin1');
    const length = value(2, (view) => view.setUint16(0, letters.length));
    return Buffer.concat([
      Buffer.from([isGroup ? 20 : 21]),
      length,
      letters,
      ...(version === 4 ? [count(body.length)] : []),
      body,
    ]);
  };
  const root = grouped({ tags });
  const head = value(4, (view) => view.setUint32(0, version));
  const order = value(4, (view) => view.setUint32(0, littleEndian ? 1 : 0));
  return Uint8Array.from(Buffer.concat([head, count(root.length + 4), order, root, Buffer.alloc(8)]));
}

type PixelsOf = 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'float32';

/** DigitalMicrograph's type of image, encoded type, and bytes a pixel. */
export const DM_TYPES: Readonly<Record<PixelsOf, readonly [dataType: number, encoded: number, bytes: number]>> = {
  int8: [9, 9, 1],
  uint8: [6, 10, 1],
  int16: [1, 2, 2],
  uint16: [10, 4, 2],
  int32: [7, 3, 4],
  uint32: [11, 5, 4],
  float32: [2, 6, 4],
};

export interface MadeDmImage {
  readonly type: PixelsOf;
  /** px: columns, rows, frames. */
  readonly dimensions: readonly number[];
  readonly pixels: ArrayLike<number>;
  /** Of the first two axes. */
  readonly scale?: readonly [size: number, unit: string];
  readonly imageTags?: readonly DmTag[];
  /** Another type of image than its pixels have. */
  readonly dataType?: number;
}

/** One entry of the list of images. */
export function dmImage(image: MadeDmImage, littleEndian = true): DmGroup {
  const { type, dimensions, pixels, scale = [1, ''], imageTags = [], dataType } = image;
  const [ofImage, encoded, size] = DM_TYPES[type];
  const bytes = pixelBytes(pixels, type, littleEndian);
  const calibration = group(
    ['Origin', { float32: 0 }],
    ['Scale', { float32: scale[0] }],
    ['Units', { text: scale[1] }],
  );
  return group(
    [
      'ImageData',
      group(
        [
          'Calibrations',
          group(
            ['Brightness', calibration],
            ['Dimension', group(...dimensions.map((): DmTag => ['', calibration]))],
            ['DisplayCalibratedUnits', { int16: 1 }],
          ),
        ],
        ['Data', { array: { type: encoded, size, bytes } }],
        ['DataType', { int32: dataType ?? ofImage }],
        ['Dimensions', group(...dimensions.map((length): DmTag => ['', { uint32: length }]))],
        ['PixelDepth', { int32: size }],
      ),
    ],
    ['ImageTags', group(...imageTags)],
    ['Name', { text: 'made' }],
    ['UniqueID', group(['', { uint32: 1 }], ['', { uint32: 2 }])],
  );
}

/** Numbers of a type as they stand in a file. */
export function pixelBytes(pixels: ArrayLike<number>, type: PixelsOf, littleEndian = true): Uint8Array {
  const size = DM_TYPES[type][2];
  const bytes = new Uint8Array(pixels.length * size);
  const view = new DataView(bytes.buffer);
  const put: Readonly<Record<PixelsOf, (at: number, value: number) => void>> = {
    int8: (at, value) => view.setInt8(at, value),
    uint8: (at, value) => view.setUint8(at, value),
    int16: (at, value) => view.setInt16(at, value, littleEndian),
    uint16: (at, value) => view.setUint16(at, value, littleEndian),
    int32: (at, value) => view.setInt32(at, value, littleEndian),
    uint32: (at, value) => view.setUint32(at, value, littleEndian),
    float32: (at, value) => view.setFloat32(at, value, littleEndian),
  };
  for (let i = 0; i < pixels.length; i++) put[type](size * i, pixels[i]!);
  return bytes;
}

/** A picture for the eye, such as every file has. */
export const thumbnail = (side: number, littleEndian = true): DmGroup =>
  dmImage(
    { type: 'int32', dimensions: [side, side], pixels: new Array(side * side).fill(7), dataType: 23 },
    littleEndian,
  );

/** A file with a thumbnail before its images, and tags before and behind the list. */
export function madeDmFile(images: readonly MadeDmImage[], made: Omit<MadeDm, 'tags'> & { thumbnail?: number } = {}) {
  const { littleEndian = true, thumbnail: side = 20, ...rest } = made;
  const list = [thumbnail(side, littleEndian), ...images.map((image) => dmImage(image, littleEndian))];
  return madeDm({
    ...rest,
    littleEndian,
    tags: [
      ['ApplicationBounds', { struct: [0, 0, 700, 1200] }],
      ['DocumentObjectList', group(['', group(['CLUT', { structs: 256 }], ['CLUTName', { text: 'Greyscale' }])])],
      ['ImageList', group(...list.map((each): DmTag => ['', each]))],
      ['InImageMode', { int16: 1 }],
      ['Thumbnails', group(['', group(['ImageIndex', { int32: 0 }])])],
    ],
  });
}
