// End-to-end tests of the official Node SDK as an SDK team writes them with vitest; each is a trial of its own by marks.mjs.
//     otp-conformance proxy -- npx vitest run --no-file-parallelism --config vitest.config.mjs
import DescopeClient from '@descope/node-sdk';
import { describe, expect, test } from 'vitest';

const who = '+12025550134'; // reserved for fiction: NANP 555-01xx
const client = DescopeClient({ projectId: process.env.DESCOPE_PROJECT_ID, baseUrl: process.env.DESCOPE_BASE_URL });
const messages = async () => (await fetch(`${process.env.DESCOPE_BASE_URL}/emulator/otp/${encodeURIComponent(who)}`)).json();

describe('codes by SMS', () => {
  test('a code logs in', async () => {
    await client.otp.signUpOrIn.sms(who);
    const { code } = await messages();
    const login = await client.otp.verify.sms(who, code);
    expect(login.data.user.loginIds).toContain(who);
    expect((await client.me(login.data.refreshJwt)).data.loginIds).toContain(who);
  });

  test('a wrong code is refused', async () => {
    await client.otp.signUpOrIn.sms(who);
    const { code } = await messages();
    const wrong = code.slice(0, -1) + (code.endsWith('0') ? '1' : '0');
    expect((await client.otp.verify.sms(who, wrong)).error.errorCode).toBe('E061102');
  });
});
