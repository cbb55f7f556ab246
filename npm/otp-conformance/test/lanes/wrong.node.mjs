import { test } from 'node:test';

import { conformance } from 'otp-conformance/node';

import { misuse } from '../client.mjs';

const otp = conformance();

test('presents its session token', async () => {
  await misuse(otp);
});

otp.verdict();
