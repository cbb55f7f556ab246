// Makes the official Node SDK call, one JSON line per call in and one per result out: docs/drivers.md.
//
// Environment: DESCOPE_BASE_URL and DESCOPE_PROJECT_ID, handed to the SDK as its options.

import { createInterface } from 'node:readline';
import DescopeClient from '@descope/node-sdk';

console.log = console.error; // what the SDK prints is no answer

const { DESCOPE_BASE_URL: baseUrl, DESCOPE_PROJECT_ID: projectId } = process.env;
const client = DescopeClient({ projectId, baseUrl });

const calls = {
  'signup-in': ({ loginId }) => client.otp.signUpOrIn.sms(loginId),
  signup: ({ loginId }) => client.otp.signUp.sms(loginId),
  signin: ({ loginId, options, refreshToken }) => client.otp.signIn.sms(loginId, options, refreshToken),
  verify: ({ loginId, code }) => client.otp.verify.sms(loginId, code),
  validate: async ({ sessionToken }) => (await client.validateSession(sessionToken), {}),
  'update-phone': ({ loginId, phone, refreshToken }) => client.otp.update.phone.sms(loginId, phone, refreshToken),
  refresh: async ({ refreshToken }) => ({ sessionJwt: (await client.refreshSession(refreshToken)).jwt }),
  me: ({ refreshToken }) => client.me(refreshToken),
  logout: ({ refreshToken }) => client.logout(refreshToken),
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  const call = calls[asked.call];
  const result = call ? await made(call, asked) : { unsupported: true };
  process.stdout.write(`${JSON.stringify({ id: asked.id, ...result })}\n`);
}

async function made(call, asked) {
  try {
    const answer = await call(asked);
    if (answer.ok === false) return { error: refused(answer) };
    return { ok: tokens(answer.data ?? answer) };
  } catch (error) {
    return { error: thrown(error, asked.call) };
  }
}

function tokens({ sessionJwt: sessionToken, refreshJwt: refreshToken }) {
  return { sessionToken, refreshToken };
}

/** The SDK resolves with what the server said. */
function refused({ code: status, error = {} }) {
  const { errorCode: code, retryAfter } = error;
  return { kind: 'SdkResponse', own: true, status, code, retryAfter, text: JSON.stringify(error) };
}

/** The SDK's own errors of validation are plain; of a send or a login it documents none but the response. */
function thrown(error, call) {
  const own = ['validate', 'refresh'].includes(call) && error.constructor === Error;
  return { kind: error.name, own, text: `${error.message}` };
}
