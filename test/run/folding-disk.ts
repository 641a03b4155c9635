/**
 * A file system that folds case and normal form and has no hard links, as exFAT and many SMB servers are: what is written
 * to it lies in a plain folder, under the name by which it came first.
 */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const PYTHON = '/usr/bin/python3';

const PROGRAM = `
import errno, os, sys, unicodedata
from fusepy import FUSE, FuseOSError, Operations

ROOT, MOUNT = sys.argv[1:3]

def folded(name):
    return unicodedata.normalize('NFC', unicodedata.normalize('NFC', name).casefold())

def real(path):
    at = ROOT
    for name in path.strip('/').split('/'):
        if not name:
            continue
        try:
            names = os.listdir(at)
        except OSError:
            names = []
        at = os.path.join(at, next((each for each in names if folded(each) == folded(name)), name))
    return at

class Folding(Operations):
    def __call__(self, op, *args):
        try:
            return super().__call__(op, *args)
        except OSError as error:
            raise FuseOSError(error.errno)

    def getattr(self, path, fh=None):
        st = os.lstat(real(path))
        return {key: getattr(st, key) for key in
                ('st_ino', 'st_mode', 'st_nlink', 'st_size', 'st_uid', 'st_gid', 'st_atime', 'st_mtime', 'st_ctime')}

    def readdir(self, path, fh):
        return ['.', '..'] + os.listdir(real(path))

    def mkdir(self, path, mode):
        os.mkdir(real(path), mode)

    def rmdir(self, path):
        os.rmdir(real(path))

    def unlink(self, path):
        os.unlink(real(path))

    def rename(self, old, new):
        os.rename(real(old), real(new))

    def link(self, target, source):
        raise FuseOSError(errno.EPERM)

    def chmod(self, path, mode):
        os.chmod(real(path), mode)

    def chown(self, path, uid, gid):
        os.chown(real(path), uid, gid)

    def utimens(self, path, times=None):
        os.utime(real(path), times)

    def statfs(self, path):
        st = os.statvfs(real(path))
        return {key: getattr(st, key) for key in
                ('f_bavail', 'f_bfree', 'f_blocks', 'f_bsize', 'f_files', 'f_frsize', 'f_namemax')}

    def create(self, path, mode, fi=None):
        return os.open(real(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def open(self, path, flags):
        return os.open(real(path), flags & ~os.O_EXCL)

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        return os.pwrite(fh, data, offset)

    def truncate(self, path, length, fh=None):
        os.truncate(real(path), length)

    def fsync(self, path, datasync, fh):
        os.fsync(fh)

    def release(self, path, fh):
        os.close(fh)

FUSE(Folding(), MOUNT, foreground=True, nothreads=True, use_ino=True, entry_timeout=0.0, attr_timeout=0.0,
     negative_timeout=0.0)
`;

/** Why there can be no such file system here, or false. */
export const noFoldingDisk: string | false = ((): string | false => {
  if (process.getuid?.() !== 0) return 'a FUSE file system is mounted by root';
  if (!fs.existsSync('/dev/fuse')) return 'there is no /dev/fuse';
  const there = spawnSync(PYTHON, ['-c', 'import fusepy']).status === 0;
  return there ? false : 'python3-fusepy is not installed';
})();

/** Mounts one on `mount`; its files lie in `backing`. Both are made; `undo` hears how it is unmounted. */
export async function foldingDisk(undo: (() => unknown)[], backing: string, mount: string): Promise<void> {
  for (const each of [backing, mount]) fs.mkdirSync(each);
  const { dev } = fs.statSync(mount);
  const child = spawn(PYTHON, ['-c', PROGRAM, backing, mount], { stdio: 'ignore' });
  // A test that fails ends all the same.
  child.unref();
  undo.push(() => {
    spawnSync('umount', ['-l', mount]);
    child.kill('SIGKILL');
  });
  for (let i = 0; i < 1000 && fs.statSync(mount).dev === dev && child.exitCode === null; i++) await sleep(10);
  assert.notEqual(fs.statSync(mount).dev, dev, 'the file system was not mounted');
}
