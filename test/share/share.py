"""A share for tests: passes everything through to a folder, and fails as the control folder says.

    share.py FOLDER MOUNT CONTROL [SECONDS]

The kernel keeps what it was told of files for so many seconds (0): others may have changed them meanwhile, as on NFS.

In CONTROL: `broken` holds a word, and whatever has it in its name gives EIO; `epoch` holds a number, and what was opened
under another number is stale for good, as after a server came back. Stopped by SIGSTOP it hangs like a dead server.
"""

import errno
import os
import sys

try:
    from fusepy import FUSE, FuseOSError, Operations
except ImportError:
    from fuse import FUSE, FuseOSError, Operations

STAT = ('st_atime', 'st_ctime', 'st_gid', 'st_mode', 'st_mtime', 'st_nlink', 'st_size', 'st_uid', 'st_ino', 'st_blocks')
STATFS = ('f_bavail', 'f_bfree', 'f_blocks', 'f_bsize', 'f_favail', 'f_ffree', 'f_files', 'f_frsize', 'f_namemax')


class Share(Operations):
    def __init__(self, root, control):
        self.root, self.control, self.opened = root, control, {}

    def said(self, name):
        try:
            with open(os.path.join(self.control, name)) as file:
                return file.read().strip()
        except OSError:
            return ''

    def __call__(self, op, path, *args):
        broken = self.said('broken')
        if broken and broken in path and op not in ('release', 'init', 'destroy'):
            raise FuseOSError(errno.EIO)
        return super().__call__(op, self.root + path if path is not None else None, *args)

    def handle(self, fd):
        self.opened[fd] = self.said('epoch')
        return fd

    def fresh(self, fd):
        if self.opened.get(fd) != self.said('epoch'):
            raise FuseOSError(errno.EIO)
        return fd

    def getattr(self, path, fh=None):
        stat = os.lstat(path)
        return {key: getattr(stat, key) for key in STAT}

    def access(self, path, mode):
        if not os.access(path, mode):
            raise FuseOSError(errno.EACCES)

    def open(self, path, flags):
        return self.handle(os.open(path, flags))

    def create(self, path, mode, fi=None):
        return self.handle(os.open(path, os.O_RDWR | os.O_CREAT, mode))

    def read(self, path, size, offset, fh):
        return os.pread(self.fresh(fh), size, offset)

    def write(self, path, data, offset, fh):
        return os.pwrite(self.fresh(fh), data, offset)

    def truncate(self, path, length, fh=None):
        if fh is None:
            os.truncate(path, length)
        else:
            os.ftruncate(self.fresh(fh), length)

    def fsync(self, path, datasync, fh):
        os.fsync(self.fresh(fh))

    def flush(self, path, fh):
        # The kernel then asks no more. It would wait for an answer beyond the death of whoever has a file open.
        raise FuseOSError(errno.ENOSYS)

    def release(self, path, fh):
        self.opened.pop(fh, None)
        os.close(fh)

    def readdir(self, path, fh):
        return ['.', '..', *os.listdir(path)]

    def statfs(self, path):
        stat = os.statvfs(path)
        return {key: getattr(stat, key) for key in STATFS}

    def rename(self, old, new):
        os.rename(old, self.root + new)

    def link(self, target, source):
        os.link(self.root + source, target)

    def symlink(self, target, source):
        os.symlink(source, target)

    def utimens(self, path, times=None):
        os.utime(path, times)

    chmod, chown, mkdir, rmdir, unlink, readlink = os.chmod, os.chown, os.mkdir, os.rmdir, os.unlink, os.readlink


if __name__ == '__main__':
    # 0: nothing is kept in the kernel, each look asks the share.
    KEPT = float(sys.argv[4]) if len(sys.argv) > 4 else 0
    FUSE(
        Share(sys.argv[1], sys.argv[3]),
        sys.argv[2],
        foreground=True,
        nothreads=True,
        attr_timeout=KEPT,
        entry_timeout=KEPT,
        negative_timeout=KEPT,
        default_permissions=True,
    )
