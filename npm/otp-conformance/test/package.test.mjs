// The package without a runner's helpers: servers, proxies, verdicts, the command.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { binaryPath, proxy, serve } from 'otp-conformance';

import { ADA, call, misuse, signIn, slip } from './client.mjs';

test('a login is seen and acquitted', async () => {
  const running = await proxy();
  const login = await signIn(running);
  const verdict = await running.stop();
  assert.deepEqual(login.user.loginIds, [ADA]);
  assert.deepEqual([verdict.ok, verdict.word, verdict.violated], [true, 'pass', []], verdict.text);
});

test('a wrong client is convicted with the requirement', async () => {
  const running = await proxy();
  await misuse(running);
  const verdict = await running.stop();
  assert.deepEqual([verdict.status, verdict.word, verdict.violated], [1, 'fail', ['OTP-122']], verdict.text);
  assert.match(verdict.text, /OTP-122 MUST/);
  assert.equal(await running.stop(), verdict);
});

test('a broken SHOULD fails only a strict verdict', async () => {
  for (const [strict, status, member] of [[false, 0, 'warned'], [true, 1, 'violated']]) {
    const running = await proxy({ strict });
    await slip(running);
    const verdict = await running.stop();
    assert.deepEqual([verdict.status, verdict[member]], [status, ['OTP-053']], verdict.text);
  }
});

test('who sends nothing has shown nothing', async () => {
  assert.equal((await (await proxy()).stop()).ok, false);
});

test('what was called is counted, and what must be called and was not fails', async () => {
  const running = await proxy({ require: ['verify-sms', 'refresh'] });
  await signIn(running);
  const verdict = await running.stop();
  assert.deepEqual([verdict.status, verdict.called['verify-sms']], [4, 1], verdict.text);
});

test('files are written where asked', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'otp-'));
  t.after(() => rm(folder, { recursive: true }));
  const running = await proxy({ record: join(folder, 'run.ndjson'), html: join(folder, 'run.html') });
  await signIn(running);
  await running.stop();
  assert.deepEqual((await readdir(folder)).sort(), ['run.html', 'run.ndjson']);
});

test('the server has an inbox, a clock and a fresh start', async (t) => {
  const server = await serve();
  t.after(() => server.stop());
  await signIn(server);
  assert.deepEqual((await server.messages(ADA)).map(({ recipient }) => recipient), [ADA]);
  await call(server, '/v1/auth/otp/signup-in/sms', { loginId: ADA });
  const code = await server.code(ADA);
  await server.advance(3_600_000);
  assert.equal((await call(server, '/v1/auth/otp/verify/sms', { loginId: ADA, code })).status, 401);
  await server.reset();
  assert.deepEqual(await server.messages(), []);
  await assert.rejects(server.code(ADA, { timeout: 0 }), /5550140/);
});

test('what the command refuses is said in its words', async () => {
  await assert.rejects(serve({ faults: ['no-such-fault'] }), /no-such-fault/);
});

test('a missing command is named', async () => {
  const env = { ...process.env, OTP_CONFORMANCE: '/nowhere/otp-conformance' };
  const started = run(process.execPath, ['-e', `import('otp-conformance').then(({ serve }) => serve())`], { env, cwd: here });
  await assert.rejects(started, /nowhere\/otp-conformance ENOENT/);
  assert.ok(binaryPath());
});

const here = fileURLToPath(new URL('.', import.meta.url));
const run = promisify(execFile);
const bin = join(fileURLToPath(import.meta.resolve('otp-conformance/package.json')), '../bin/otp-conformance.js');

test('the script is the command, with its status', async () => {
  assert.match((await run(process.execPath, [bin, 'explain', 'OTP-054'])).stdout, /OTP-054/);
  await assert.rejects(run(process.execPath, [bin, 'explain', 'OTP-999']), { code: 2 });
});

test('nothing is left running where this process is killed', { skip: process.platform === 'win32' }, async () => {
  const script = `import('otp-conformance').then(({ serve }) => serve()).then(({ url }) => { console.log(url); process.kill(process.pid, 'SIGKILL') })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'], cwd: here });
  const [chunk] = await once(child.stdout, 'data');
  const url = String(chunk).trim();
  for (let tries = 0; tries < 2_000; tries += 1) {
    const answers = await fetch(`${url}/health`).then((answer) => answer.arrayBuffer(), () => null);
    if (!answers) return;
  }
  assert.fail('the server outlived the process that started it');
});
