// A running `otp-conformance serve` or `proxy`.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { binaryPath } from './binary.js';

/** Milliseconds until the command must have told its address. */
const START = 30_000;
/** Milliseconds it may take to judge what it has seen. */
const END = 120_000;

/**
 * Starts the command and resolves once it listens. It ends when its standard input does, which the system closes even
 * where this process is killed, so that nothing is left running.
 */
export async function start(args, environment) {
  // The variables of somebody's shell are settings of this command, and would decide what a test sees.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('OTP_'));
  const child = spawn(binaryPath(), [...args, '--until-eof'], {
    env: { ...Object.fromEntries(inherited), ...environment },
    detached: process.platform !== 'win32', // Ctrl-C in a debugger is not meant for the command
    windowsHide: true,
  });
  child.stdin.on('error', () => {}); // it ended first
  const written = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (written.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (written.err += text));
  const ended = Promise.race([
    once(child, 'close').then(([status]) => status ?? 70),
    once(child, 'error').then(([error]) => Promise.reject(error)),
  ]);
  ended.catch(() => {}); // reported where it is awaited
  const url = await address(child, written, ended);
  return { url, stop: () => stop(child, written, ended) };
}

async function address(child, written, ended) {
  const late = setTimeout(() => child.kill('SIGKILL'), START);
  try {
    for (;;) {
      const line = /^listening (\S+)\r?\n/.exec(written.out);
      if (line) {
        written.out = written.out.slice(line[0].length);
        return line[1];
      }
      const status = await Promise.race([ended, once(child.stdout, 'data').then(() => undefined)]);
      if (status !== undefined) {
        throw new Error((written.out + written.err).trim() || `otp-conformance ended with ${status} and said nothing`);
      }
    }
  } finally {
    clearTimeout(late);
  }
}

async function stop(child, written, ended) {
  const late = setTimeout(() => child.kill('SIGKILL'), END);
  child.stdin.end();
  const status = await ended;
  clearTimeout(late);
  return { status, text: written.out + written.err };
}
