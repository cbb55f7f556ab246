// The helpers for runners: each given a file of its own to run, and its outcome read back.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Runs one file of `lanes/` and returns whether it passed and what it printed. */
async function played(runner, file) {
  const command = {
    node: ['--test', '--test-reporter=spec', `lanes/${file}.node.mjs`],
    vitest: [fileURLToPath(import.meta.resolve('vitest/package.json')).replace('package.json', 'vitest.mjs'), 'run', '--root', 'lanes', `${file}.vitest`],
  }[runner];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env; // a run of its own, not a part of this one
  const options = { cwd: here, env: { ...env, NO_COLOR: '1' } };
  return promisify(execFile)(process.execPath, command, options).then(
    ({ stdout, stderr }) => ({ passed: true, text: stdout + stderr }),
    ({ stdout, stderr }) => ({ passed: false, text: stdout + stderr }),
  );
}

for (const runner of ['node', 'vitest']) {
  test(`${runner}: a right client passes, with the verdict as a test`, async () => {
    const { passed, text } = await played(runner, 'right');
    assert.ok(passed, text);
    const [two] = { node: [/pass 2\b/], vitest: [/2 passed/] }[runner];
    assert.match(text, two);
  });

  test(`${runner}: a wrong client fails the verdict, which names the requirement, and no other test`, async () => {
    const { passed, text } = await played(runner, 'wrong');
    assert.ok(!passed, text);
    assert.match(text, /OTP-122 MUST/);
    assert.match(text, { node: /pass 1\b[^]*fail 1\b/, vitest: /1 failed \| 1 passed/ }[runner]);
  });

  test(`${runner}: a verdict that no test has fails the file`, async () => {
    const { passed, text } = await played(runner, 'forgotten');
    assert.ok(!passed, text);
    assert.match(text, /OTP-122 MUST/);
  });

  test(`${runner}: findings bear the name of the test`, async () => {
    assert.match((await played(runner, 'wrong')).text, /OTP-122 in proxy::.*presents its session token/);
  });
}
