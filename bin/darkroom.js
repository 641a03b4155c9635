#!/usr/bin/env node
// Starts main(), in a Node that can. This file is read by whatever Node there is: it has no static import, no await at
// the top and no recent syntax, so that an old one gets as far as the sentence below instead of a stack trace.

// As `engines` in package.json says.
const NEEDED = [20, 19];

function isOld(version) {
  const found = version.split('.').map(Number);
  return found[0] < NEEDED[0] || (found[0] === NEEDED[0] && found[1] < NEEDED[1]);
}

function refuse(message, exitCode = 1) {
  process.stderr.write(`darkroom: ${message}\n`);
  process.exitCode = exitCode;
}

function refuseUnbuilt(error) {
  if (error.code === 'EMFILE' || error.code === 'ENFILE') {
    refuse(`too many open files while it starts; raise the limit (ulimit -n 1024) (${error.code})`, 3);
    return;
  }
  // The entry itself is missing: a checkout that was not built. Anything else that cannot be loaded is a broken install.
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  if (/cli[\\/]main\.js' imported from/.test(error.message)) {
    refuse('is not built yet; run "npm ci" where its package.json is');
  } else refuse(`is not installed completely (${error.message}); run "npm ci" where its package.json is`);
}

if (isOld(process.versions.node)) {
  refuse(`needs Node.js ${NEEDED.join('.')} or newer, found ${process.versions.node}`);
} else {
  import('../dist/src/cli/main.js').then((module) => module.main(process.argv.slice(2))).catch(refuseUnbuilt);
}
