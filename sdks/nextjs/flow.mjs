// Takes the official Next.js SDK, as released, through a login by SMS and what its middleware makes of it.
//
// Environment: DESCOPE_BASE_URL and DESCOPE_PROJECT_ID, which the SDK reads itself.
// The server is an emulator with an inbox: GET /emulator/otp/{loginId}.

import assert from 'node:assert/strict';

import { authMiddleware, createSdk, getSession } from '@descope/nextjs-sdk/server';
import { NextRequest } from 'next/server.js';

const { DESCOPE_BASE_URL: baseUrl } = process.env;
const ADA = '+12025550130'; // reserved for fiction: NANP 555-01xx
const client = createSdk();
const guard = authMiddleware({ redirectUrl: '/sign-in', logLevel: 'error' });

const accepted = ({ ok, data, code, error }, what) => {
  assert.ok(ok, `${what} was refused: ${code} ${JSON.stringify(error)}`);
  return data;
};
const page = (cookie) => guard(new NextRequest('http://app.test/account', { headers: cookie ? { cookie } : {} }));
const isLetIn = (answer) => answer.headers.get('x-middleware-next') === '1';
const done = (step, seen) => console.log(`nextjs: ${step}: ${seen}`);

accepted(await client.otp.signUpOrIn.sms(ADA), 'sign up or in');
const { code } = await (await fetch(`${baseUrl}/emulator/otp/${encodeURIComponent(ADA)}`)).json();
const login = accepted(await client.otp.verify.sms(ADA, code), 'verify');
done('log in', login.user.userId);

assert.ok(!isLetIn(await page()), 'a page without a session is not open');
assert.ok(isLetIn(await page(`DS=${login.sessionJwt}`)), 'a page with the session opens');
const [head, claims, signature] = login.sessionJwt.split('.');
const forged = [head, claims, signature.split('').reverse().join('')].join('.');
assert.ok(!isLetIn(await page(`DS=${forged}`)), 'a page with a forged session is not open');
done('the middleware opens a page for the session alone', 'signature checked against the published keys');

const asked = { headers: { authorization: `Bearer ${login.sessionJwt}` }, cookies: {} };
assert.equal((await getSession(asked)).token.sub, login.user.userId);
done('read the session of a request', login.user.userId);

const renewed = await client.refreshSession(login.refreshJwt);
assert.ok(isLetIn(await page(`DS=${renewed.jwt}`)), 'a page with the refreshed session opens');
assert.equal(accepted(await client.me(login.refreshJwt), 'me').userId, login.user.userId);
accepted(await client.logout(login.refreshJwt), 'logout');
done('refresh, me and log out', 'the same user');
