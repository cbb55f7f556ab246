#!/usr/bin/env node
// `npx otp-conformance …`: the platform's binary, with our arguments, standard streams and signals.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import { binaryPath } from '../lib/binary.js';

try {
  const child = spawn(binaryPath(), process.argv.slice(2), { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; the binary decides what becomes of it, and we stay to pass its status on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', fail);
  child.on('exit', (status, signal) => process.exit(signal ? 128 + constants.signals[signal] : status));
} catch (error) {
  fail(error);
}

function fail(error) {
  console.error(`otp-conformance: ${error.message}`);
  process.exit(70);
}
