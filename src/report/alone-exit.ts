/** The exit code of the process that makes reports, when it has said on stderr what went wrong. */
export const TOLD = 3;
