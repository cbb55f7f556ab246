import { test } from 'vitest';

import { conformance } from 'otp-conformance/vitest';

import { misuse } from '../client.mjs';

const otp = conformance();

test('presents its session token', async () => {
  await misuse(otp);
});

otp.verdict();
