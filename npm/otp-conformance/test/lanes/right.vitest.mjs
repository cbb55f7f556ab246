import { test } from 'vitest';

import { conformance } from 'otp-conformance/vitest';

import { signIn } from '../client.mjs';

const otp = conformance();

test('logs in, by what the environment says', async () => {
  if (process.env.DESCOPE_BASE_URL !== otp.url) throw new Error('the environment says otherwise');
  await signIn(otp);
});

otp.verdict();
