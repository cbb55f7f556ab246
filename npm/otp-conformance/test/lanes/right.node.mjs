import { test } from 'node:test';

import { conformance } from 'otp-conformance/node';

import { signIn } from '../client.mjs';

const otp = conformance();

test('logs in, by what the environment says', async () => {
  if (process.env.DESCOPE_BASE_URL !== otp.url) throw new Error('the environment says otherwise');
  await signIn(otp);
});

otp.verdict();
