/**
 * What an error of the operating system means: one table, asked by everybody who reads, writes, locks or reports. Errors
 * are recognised by number as well as by name, since Node has no name for some of them: a quota that is used up
 * comes as "Unknown system error -122".
 */

import os from 'node:os';

/** What kind of trouble it is; what follows from it depends on whether an exposure was read or written. */
export type TroubleKind = 'room' | 'away' | 'denied' | 'scarce' | 'other';

export interface SystemError {
  /** The system's own name, such as EDQUOT; its number where there is no name. */
  readonly name: string;
  readonly trouble: TroubleKind;
  /** What it means, without a subject: "no room in the quota". */
  readonly words: string;
}

interface Row {
  readonly trouble: TroubleKind;
  readonly words: string;
  /** On Linux, for those that `os.constants.errno` does not have. Other systems use these numbers for other errors. */
  readonly linux?: number;
}

const room = (words: string): Row => ({ trouble: 'room', words });
const away = (words: string, linux?: number): Row => ({ trouble: 'away', words, ...(linux && { linux }) });
const denied = (words: string, linux?: number): Row => ({ trouble: 'denied', words, ...(linux && { linux }) });
const scarce = (words: string): Row => ({ trouble: 'scarce', words });

const ERRORS: Readonly<Record<string, Row>> = {
  ENOSPC: room('no room on the disk'),
  EDQUOT: room('no room in the quota'),

  ESTALE: away('the share lost it (stale handle)'),
  EIO: away('input/output error'),
  EREMOTEIO: away('input/output error of the server', 121),
  EUCLEAN: away('the file system is damaged', 117),
  EBADMSG: away('the disk returned damaged data'),
  ENOMEDIUM: away('the disk is not in the drive', 123),
  ENODEV: away('the disk is gone'),
  ENXIO: away('the disk is gone'),
  ENOTCONN: away('the share is not connected'),
  ESHUTDOWN: away('the share is shut down', 108),
  ENOLINK: away('the share is not connected'),
  ETIMEDOUT: away('the server does not answer'),
  EHOSTDOWN: away('the server is down', 112),
  EHOSTUNREACH: away('the server cannot be reached'),
  ENETDOWN: away('the network is down'),
  ENETUNREACH: away('the network cannot be reached'),
  ENETRESET: away('the network was interrupted'),
  ECONNREFUSED: away('the server refuses connections'),
  ECONNRESET: away('the server ended the connection'),
  ECONNABORTED: away('the connection was ended'),
  EROFS: away('the file system is read-only'),

  EACCES: denied('permission denied'),
  EPERM: denied('not permitted'),
  ENOKEY: denied('no ticket or key', 126),
  EKEYEXPIRED: denied('the ticket or key has expired', 127),
  EKEYREVOKED: denied('the ticket or key was revoked', 128),
  EKEYREJECTED: denied('the ticket or key was rejected', 129),

  EMFILE: scarce('too many open files; raise the limit (ulimit -n), or use fewer --threads'),
  ENFILE: scarce('too many open files on this computer; raise fs.file-max'),
  ENOMEM: scarce('too little memory; use fewer --threads'),
  ENOBUFS: scarce('too little memory; use fewer --threads'),
  EAGAIN: scarce('the system has no threads or processes left; raise the limit (ulimit -u), or use fewer --threads'),
  ENOLCK: scarce('the system or the share has no locks left'),

  EFBIG: { trouble: 'other', words: 'larger than the file system or ulimit -f allows' },
  ENAMETOOLONG: { trouble: 'other', words: 'the name is too long' },
  ENOTDIR: { trouble: 'other', words: 'a part of the path is a file' },
  EISDIR: { trouble: 'other', words: 'a folder stands there' },
  ENOTEMPTY: { trouble: 'other', words: 'a folder stands there' },
  ENOENT: { trouble: 'other', words: 'not there' },
};

/** Names by the numbers of this system. */
const NAMES: ReadonlyMap<number, string> = new Map([
  ...Object.entries(ERRORS).flatMap(([name, { linux }]) =>
    linux !== undefined && process.platform === 'linux' ? [[linux, name] as const] : [],
  ),
  ...Object.entries(os.constants.errno).map(([name, number]) => [number, name] as const),
]);

/** What the operating system said, or null when `error` comes from elsewhere. */
export function systemError(error: unknown): SystemError | null {
  const { code, syscall, errno } = (error ?? {}) as NodeJS.ErrnoException;
  if (typeof code !== 'string' || typeof syscall !== 'string') return null;
  const name = code in ERRORS ? code : (errno !== undefined && NAMES.get(Math.abs(errno))) || code;
  const { trouble, words } = ERRORS[name] ?? { trouble: 'other', words: 'the system refuses it' };
  return { name, trouble, words };
}

/** The same in a few words for a message, such as "no room in the quota (EDQUOT)"; other errors in their own. */
export function inWords(error: unknown): string {
  const known = systemError(error);
  if (known) return `${known.words} (${known.name})`;
  return error instanceof Error ? error.message : String(error);
}

/** Messages of engines that got no memory: those of V8 for buffers and for the memory of the kernels. */
const NO_MEMORY = /could not allocate memory|allocation failed|Unable to grow instance memory/i;

/**
 * What this computer lacks, in words, where that is why `error` was thrown: memory, threads, file handles. Null: it is
 * something else.
 */
export function scarcity(error: unknown): string | null {
  const known = systemError(error);
  if (known) return known.trouble === 'scarce' ? inWords(error) : null;
  if (!(error instanceof Error)) return null;
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof RangeError && NO_MEMORY.test(error.message))
    return 'too little memory, or address space (ulimit -v); close other programs, or use fewer --threads';
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return 'too little memory for a thread; use fewer --threads';
  // Node tells why by libuv's name, in the text: EAGAIN or EMFILE as a rule.
  if (code === 'ERR_WORKER_INIT_FAILED') {
    const why = Object.keys(ERRORS).find((name) => error.message.includes(name));
    return `a thread could not be started: ${why ? `${ERRORS[why]!.words} (${why})` : error.message}`;
  }
  // Node takes a file that it may not open for one that is not there.
  const few = tooFewFiles();
  if (few !== null && (UNLOADED.test(code ?? '') || error instanceof SyntaxError))
    return `a part of darkroom could not be loaded: ${few}`;
  return null;
}

/** Node's codes for a module that cannot be loaded: without its package.json it may look like anything. */
const UNLOADED =
  /^ERR_(MODULE_NOT_FOUND|UNSUPPORTED_DIR_IMPORT|UNKNOWN_FILE_EXTENSION|INVALID_MODULE_\w+|\w*PACKAGE_\w+|REQUIRE_\w+)$/;

/** For errors of a file that do not say why: so few may be open that this is the reason. Null: enough may. */
export const tooFewFiles = (): string | null =>
  openFilesAllowed() <= FEW_FILES ? `${ERRORS.EMFILE!.words} (EMFILE)` : null;

/** While it loads, Node has about this many files open at once. */
const FEW_FILES = 256;

/** The limit of this process; Infinity where the system has none or does not say. */
function openFilesAllowed(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } };
  const allowed = Number(userLimits?.open_files?.soft);
  return Number.isFinite(allowed) ? allowed : Number.POSITIVE_INFINITY;
}
