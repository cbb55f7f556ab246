// Descope's SDK for Node held to the contract under vitest: `npm install --save-dev otp-conformance`, then `npx vitest run`.

import DescopeClient from '@descope/node-sdk';
import { conformance } from 'otp-conformance/vitest';
import { expect, test } from 'vitest';

const otp = conformance();
const ADA = '+12025550151'; // reserved for fiction: NANP 555-01xx
const client = () => DescopeClient({ projectId: otp.projectId, baseUrl: otp.url });

test('logs in and out', async () => {
  const sdk = client();
  await sdk.otp.signUpOrIn.sms(ADA);
  const { data } = await sdk.otp.verify.sms(ADA, await otp.code(ADA));
  await sdk.validateSession(data.sessionJwt);
  await sdk.refreshSession(data.refreshJwt);
  expect((await sdk.me(data.refreshJwt)).data.loginIds).toEqual([ADA]);
  await sdk.logout(data.refreshJwt);
});

test('is refused a wrong code', async () => {
  const sdk = client();
  await sdk.otp.signUpOrIn.sms(ADA);
  const wrong = String((Number(await otp.code(ADA)) + 1) % 1_000_000).padStart(6, '0');
  expect((await sdk.otp.verify.sms(ADA, wrong)).error.errorCode).toBe('E061102');
});

otp.verdict();
