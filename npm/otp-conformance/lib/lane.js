// A proxy for the tests of one file, whatever runs them.

import { proxy } from './index.js';

/** Starts a proxy when the first test begins and has its verdict once; `runner` is how tests and hooks are declared. */
export function lane(options, runner) {
  let running;
  let told;
  let patched = {};
  const use = () => {
    if (!running) throw new Error('the proxy runs from the first test to the last: use it within a test or a hook');
    return running;
  };
  runner.beforeAll(async () => {
    running = await proxy(options);
    patched = Object.fromEntries(Object.keys(running.env).map((name) => [name, process.env[name]]));
    Object.assign(process.env, running.env);
  });
  runner.beforeEach(async (name) => mark(running, name));
  runner.afterAll(async () => {
    for (const [name, value] of Object.entries(patched)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    const verdict = await running?.stop();
    // A verdict that no test of this file has is a failure of the file.
    if (verdict && !told && !verdict.ok) throw new VerdictError(verdict);
  });
  const handle = {
    verdict(name = 'otp-conformance: verdict') {
      runner.test(name, async () => {
        told = true;
        const verdict = await use().stop();
        if (!verdict.ok) throw new VerdictError(verdict);
      });
    },
  };
  for (const name of ['url', 'projectId', 'managementKey', 'env']) {
    Object.defineProperty(handle, name, { enumerable: true, get: () => use()[name] });
  }
  for (const name of ['code', 'messages', 'advance', 'reset', 'stop']) handle[name] = (...given) => use()[name](...given);
  return handle;
}

/** The report of the command as the message, without a trace of ours. */
class VerdictError extends Error {
  constructor(verdict) {
    const shown = (verdict.summary.violated ?? []).flatMap(({ requirement, trials }) => trials.map((trial) => `${requirement} in ${trial}`));
    super([`verdict: ${verdict.word} (exit status ${verdict.status})`, ...shown, verdict.text].join('\n'));
    this.name = 'otp-conformance';
    this.stack = `${this.name}: ${this.message}`;
  }
}

async function mark(running, name) {
  // A proxy that is gone, or knows no marks, says so in its verdict or needs none.
  await running.mark(name).catch(() => {});
}
