/** Another program that writes an exposure again and again, all pixels 100 or all 900, in place or by renaming. */

import fs from 'node:fs';

const [file, way] = process.argv.slice(2) as [string, 'in place' | 'renamed'];
const header = 1024;
const bytes = fs.statSync(file).size - header;
const contents = [100, 900].map((count) => Buffer.from(new Uint16Array(bytes / 2).fill(count).buffer));
const head = fs.readFileSync(file).subarray(0, header);

for (let round = 0; ; round++) {
  const pixels = contents[round % 2]!;
  if (way === 'renamed') {
    fs.writeFileSync(`${file}.next`, Buffer.concat([head, pixels]));
    fs.renameSync(`${file}.next`, file);
  } else {
    const fd = fs.openSync(file, 'r+');
    for (let at = 0; at < bytes; at += 1 << 18)
      fs.writeSync(fd, pixels, at, Math.min(1 << 18, bytes - at), header + at);
    fs.closeSync(fd);
  }
  if (round === 1) process.send!('ready');
}
