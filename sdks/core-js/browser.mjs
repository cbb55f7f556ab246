// The browser SDK in a headless Chromium: what a page of an application sends, by way of the browser's own rules (CORS,
// preflights, cookies). One JSON line per call in and one per result out (docs/drivers.md); with --flow a login and what
// follows it, through the proxy whose address is in the environment.
//
// Environment: DESCOPE_BASE_URL, DESCOPE_PROJECT_ID, CHROMIUM, and PAGE_SCRIPT, a bundle in place of the browser SDK's own.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import { chromium } from 'playwright-core';

const { DESCOPE_BASE_URL: baseUrl, DESCOPE_PROJECT_ID: projectId } = process.env;
const bundle = process.env.PAGE_SCRIPT ?? new URL('node_modules/@descope/web-js-sdk/dist/index.umd.js', import.meta.url);
const sdk = readFileSync(bundle, 'utf8');

// An application's page: of loopback, and of another origin than the proxy.
const server = createServer((asked, answer) => {
  answer.setHeader('content-type', 'text/html').end('<!doctype html><title>app</title><link rel="icon" href="data:,">');
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const running = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await running.newPage();
page.on('console', (message) => console.error(message.text()));
await page.goto(`http://127.0.0.1:${server.address().port}/`);
await page.addScriptTag({ content: sdk });
await page.evaluate(async (given) => {
  window.client = await window.Descope({ ...given, persistTokens: false, autoRefresh: false });
}, { projectId, baseUrl });

/** The SDK resolves with what the server said. */
const call = (asked) =>
  page.evaluate(async ({ call, loginId, code, options, refreshToken, phone }) => {
    const { otp, refresh, me, logout } = window.client;
    const calls = {
      'signup-in': () => otp.signUpOrIn.sms(loginId),
      signup: () => otp.signUp.sms(loginId),
      signin: () => otp.signIn.sms(loginId, options, refreshToken),
      verify: () => otp.verify.sms(loginId, code),
      'update-phone': () => otp.update.phone.sms(loginId, phone, refreshToken),
      refresh: () => refresh(refreshToken),
      me: () => me(refreshToken),
      logout: () => logout(refreshToken),
    };
    if (!calls[call]) return { unsupported: true };
    try {
      const answer = await calls[call]();
      if (answer.ok === false) {
        const { code: status, error = {} } = answer;
        return { error: { kind: 'SdkResponse', own: true, status, code: error.errorCode, retryAfter: error.retryAfter, text: JSON.stringify(error) } };
      }
      const { sessionJwt: sessionToken, refreshJwt: refreshToken } = answer.data ?? {};
      return { ok: { sessionToken, refreshToken } };
    } catch (error) {
      return { error: { kind: error.name, own: false, text: `${error.message}` } }; // it documents none but the response
    }
  }, asked);

async function flow() {
  const loginId = '+12025550144'; // reserved for fiction: NANP 555-01xx
  const must = async (asked) => {
    const result = await call({ loginId, ...asked });
    if (!result.ok) throw new Error(`${asked.call}: ${JSON.stringify(result)}`);
    return result.ok;
  };
  await must({ call: 'signup-in' });
  const { code } = await (await fetch(`${baseUrl}/emulator/otp/${encodeURIComponent(loginId)}`)).json();
  const { refreshToken } = await must({ call: 'verify', code });
  for (const name of ['refresh', 'me', 'logout']) await must({ call: name, refreshToken });
}

async function driver() {
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    process.stdout.write(`${JSON.stringify({ id: asked.id, ...(await call(asked)) })}\n`);
  }
}

try {
  await (process.argv.includes('--flow') ? flow() : driver());
} finally {
  await running.close();
  server.close();
}
