// The emulator's page, as a person has it who tries an application by hand. BINARY is otp-conformance.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';

import { browser, looks, open } from './page.mjs';

const PROJECT = 'P2OTPConformanceEmulator0001';
const [ADA, EVE] = ['+12025550160', '+12025550161']; // reserved for fiction: NANP 555-01xx
let running;
let server;
let url;

before(async () => {
  running = await browser();
  server = spawn(process.env.BINARY, ['serve', '--listen', '127.0.0.1:0', '--until-eof'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(server.stdout.setEncoding('utf8'), 'data');
  url = line.match(/^listening (\S+)/)[1];
});
after(async () => {
  server.stdin.end();
  await running.close();
});
beforeEach(() => ask('/emulator/reset', { method: 'POST', body: {} }));

/** A request with headers that fetch would not let us choose. */
function ask(path, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { method, headers: { 'content-type': 'application/json', ...headers } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
    });
    sent.on('error', reject).end(body && JSON.stringify(body));
  });
}

const api = (path, body) => ask(path, { method: 'POST', headers: { authorization: `Bearer ${PROJECT}` }, body });
const send = (loginId) => api('/v1/auth/otp/signup-in/sms', { loginId });
const codeOf = async (loginId) => JSON.parse((await ask(`/emulator/otp/${encodeURIComponent(loginId)}`)).text).code;
const verify = async (loginId) => api('/v1/auth/otp/verify/sms', { loginId, code: await codeOf(loginId) });

test('it is readable at every width, in light and dark, empty and in use', async () => {
  await looks(running, url, 'inbox-empty', (page) => page.getByText('live', { exact: true }).waitFor());
  await send(ADA);
  await verify(ADA);
  await send(EVE);
  await looks(running, url, 'inbox', async (page) => {
    await page.locator('#message-rows tr').nth(1).waitFor();
    await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
  });
});

test('a message appears by itself, with its code, and is found by login ID and by recipient', async () => {
  const { page, close } = await open(running, url);
  await page.getByText('No message yet').waitFor();
  await send(ADA);
  const code = await codeOf(ADA);
  await page.locator('#message-rows').getByText(code, { exact: true }).waitFor();
  await send(EVE);
  await page.locator('#message-rows tr').nth(1).waitFor();
  await page.getByLabel('Login ID or recipient').fill('202-555-0160');
  assert.equal(await page.locator('#message-rows tr').count(), 1);
  assert.match(await page.locator('#message-rows').textContent(), new RegExp(code));
  await page.getByLabel('Login ID or recipient').fill('nobody');
  assert.equal(await page.locator('#message-rows tr').count(), 0);
  await close();
});

test('a login by e-mail address is found by it, though its message went to a number', async () => {
  const admin = { authorization: `Bearer ${PROJECT}:K2OTPConformanceEmulatorManagementKey` };
  const created = await ask('/v1/mgmt/user/create', { method: 'POST', headers: admin, body: { loginId: 'eve@example.com', phone: EVE } });
  assert.equal(created.status, 200, created.text);
  assert.equal((await send('eve@example.com')).status, 200);
  const { page, close } = await open(running, url);
  await page.getByLabel('Login ID or recipient').fill('eve@');
  await page.locator('#message-rows tr').waitFor();
  assert.match(await page.locator('#message-rows').textContent(), /12025550161/);
  await close();
});

test('users and sessions are shown', async () => {
  await send(ADA);
  const { page, close } = await open(running, url);
  await page.locator('#user-rows').getByText('signing up').waitFor();
  await verify(ADA);
  await page.locator('#user-rows').getByText('enabled').waitFor();
  await page.locator('#user-rows').getByText(/^1: sms until/).waitFor();
  await close();
});

test('the clock is moved, and a code expires by it', async () => {
  await send(ADA);
  const code = await codeOf(ADA);
  const { page, close } = await open(running, url);
  await page.getByRole('button', { name: '+10 minutes' }).click();
  await page.getByText('10 min ahead').waitFor();
  assert.equal((await api('/v1/auth/otp/verify/sms', { loginId: ADA, code })).status, 401);
  await page.getByRole('button', { name: 'Forget users' }).click();
  await page.getByText('not moved').waitFor();
  await page.getByText('No message yet').waitFor();
  await close();
});

test('a bug is switched on and off, and users stay', async () => {
  await send(ADA);
  const { page, close } = await open(running, url);
  await page.getByRole('searchbox', { name: 'Words' }).fill('never-consumed');
  await page.getByText('Deliberate bugs').click();
  await page.getByRole('checkbox', { name: 'never-consumed' }).check();
  await page.locator('#on').getByText('never-consumed').waitFor();
  const code = await codeOf(ADA);
  const again = () => api('/v1/auth/otp/verify/sms', { loginId: ADA, code });
  assert.deepEqual([(await again()).status, (await again()).status], [200, 200]);
  await page.locator('#on').getByRole('checkbox', { name: 'never-consumed' }).click();
  await page.locator('#on-count').getByText('none').waitFor();
  assert.deepEqual([(await again()).status, (await again()).status], [200, 401]); // the code is still there, and now spent
  await close();
});

test('what a client has sent stays text', async () => {
  await ask('/v1/mgmt/user/create', {
    method: 'POST',
    headers: { authorization: `Bearer ${PROJECT}:K2OTPConformanceEmulatorManagementKey` },
    body: { loginId: '<img src=x onerror=alert(1)>', phone: EVE },
  });
  const { page, close } = await open(running, url);
  await page.locator('#user-rows').getByText('<img').waitFor();
  assert.equal(await page.locator('img').count(), 0);
  await close();
});

test('a foreign page and a foreign name get nothing and change nothing', async () => {
  const foreign = [{ origin: 'https://evil.example' }, { origin: 'null' }, { host: 'evil.example:80' }];
  for (const headers of foreign) {
    for (const path of ['/', '/emulator/state', '/emulator/events']) assert.equal((await ask(path, { headers })).status, 403, path);
    const body = { faults: ['never-consumed'], variants: [] };
    assert.equal((await ask('/emulator/switches', { method: 'POST', headers, body })).status, 403);
  }
  for (const path of ['/emulator/clock', '/emulator/reset']) {
    const headers = { origin: 'https://evil.example' };
    assert.equal((await ask(path, { method: 'POST', headers, body: { advanceMs: 1000 } })).status, 403, path);
  }
  const { faults, aheadMs } = JSON.parse((await ask('/emulator/state')).text);
  assert.deepEqual([faults.filter(({ on }) => on), aheadMs], [[], 0]);
});

test('a misspelt switch is named and changes nothing', async () => {
  const answer = await ask('/emulator/switches', { method: 'POST', body: { faults: ['never-consume'], variants: [] } });
  assert.equal(answer.status, 400);
  assert.match(answer.text, /never-consumed/);
});
