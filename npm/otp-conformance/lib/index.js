// The command for programs: a server, and a server behind a recording proxy that ends in a verdict.

import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Endpoint, MANAGEMENT_KEY, PROJECT_ID } from './endpoint.js';
import { start } from './process.js';

export { binaryPath } from './binary.js';

/** A running emulator. */
class Server extends Endpoint {
  #process;

  constructor(known, process) {
    super(known);
    this.#process = process;
  }

  async stop() {
    const process = this.#process;
    this.#process = undefined;
    await process?.stop();
  }

  [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]() {
    return this.stop();
  }
}

/** A running proxy, and at its end a verdict. */
class Proxy extends Endpoint {
  #process;
  #summary;
  #verdict;

  constructor(known, process, summary) {
    super(known);
    this.#process = process;
    this.#summary = summary;
  }

  /** Says which test is running, so that findings bear its name. */
  async mark(name) {
    await this.post('/proxy/mark', { name: name ?? null });
  }

  /** Ends the proxy. Every call returns the one verdict. */
  stop() {
    this.#verdict ??= this.#process.stop().then(async ({ status, text }) => verdict(status, text, await read(this.#summary)));
    return this.#verdict;
  }

  [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]() {
    return this.stop();
  }
}

function verdict(status, text, summary) {
  const named = (rows) => (rows ?? []).map(({ requirement }) => requirement);
  return {
    ok: status === 0 && summary.verdict !== undefined, // ended before it could say so: no pass
    status,
    word: summary.verdict ?? 'harness-error',
    text,
    violated: named(summary.violated),
    warned: named(summary.warned),
    called: summary.clients?.operations ?? {},
    summary,
  };
}

async function read(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return {}; // the command ended before it could write; its status and text say why
  } finally {
    await rm(path, { force: true });
  }
}

const repeated = (flag, values = []) => values.flatMap((value) => [flag, value]);

/** Starts the emulator on a free port of loopback. */
export async function serve(options = {}) {
  const { projectId = PROJECT_ID, managementKey = MANAGEMENT_KEY, faults, variants, args = [] } = options;
  const flags = ['serve', '--listen', '127.0.0.1:0', '--project-id', projectId];
  flags.push(...repeated('--fault', faults), ...repeated('--variant', variants), ...args);
  const process = await start(flags, { OTP_MANAGEMENT_KEY: managementKey });
  return new Server({ url: process.url, projectId, managementKey }, process);
}

/** Starts a recording proxy on a free port of loopback, with an emulator of its own behind it where none is named. */
export async function proxy(options = {}) {
  const { projectId = PROJECT_ID, managementKey = MANAGEMENT_KEY, faults, variants, strict, args = [] } = options;
  const summary = join(tmpdir(), `otp-conformance-${randomUUID()}.json`);
  const single = {
    '--target': options.target,
    '--codes': options.codes,
    '--deviations': options.deviations,
    '--inject': options.hostile,
    '--record': options.record,
    '--html': options.html,
    '--require': options.require?.join(',') || undefined,
    '--json': summary,
  };
  const flags = ['proxy', '--listen', '127.0.0.1:0', '--project-id', projectId];
  for (const [flag, value] of Object.entries(single)) if (value !== undefined) flags.push(flag, value);
  flags.push(...repeated('--fault', faults), ...repeated('--variant', variants), ...(strict ? ['--strict'] : []), ...args);
  const process = await start(flags, { OTP_MANAGEMENT_KEY: managementKey });
  return new Proxy({ url: process.url, projectId, managementKey }, process, summary);
}
