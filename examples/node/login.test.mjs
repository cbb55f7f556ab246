// The same under node's own runner: `npm install --save-dev otp-conformance`, then `node --test`.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import DescopeClient from '@descope/node-sdk';
import { conformance } from 'otp-conformance/node';

const otp = conformance({ hostile: 'transient::503-then-success' });
const EVE = '+12025550152'; // reserved for fiction: NANP 555-01xx

test('asks a server again that is busy once', async () => {
  const sdk = DescopeClient({ projectId: otp.projectId, baseUrl: otp.url });
  await sdk.otp.signUpOrIn.sms(EVE);
  assert.ok((await sdk.otp.verify.sms(EVE, await otp.code(EVE))).ok);
});

otp.verdict();
