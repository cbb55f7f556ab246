// Makes the official Node SDK call, one JSON line per call in and one per result out: docs/drivers.md.
//
// Environment: DESCOPE_BASE_URL and DESCOPE_PROJECT_ID, handed to the SDK as its options.

import { createInterface } from 'node:readline';
import DescopeClient from '@descope/node-sdk';

console.log = console.error; // what the SDK prints is no answer

const { DESCOPE_BASE_URL: baseUrl, DESCOPE_PROJECT_ID: projectId } = process.env;
const client = DescopeClient({ projectId, baseUrl });

const calls = {
  methods: () => ({ methods: Object.keys(client.otp.verify) }),
  'signup-in': ({ method = 'sms', loginId }) => client.otp.signUpOrIn[method](loginId),
  signup: ({ method = 'sms', loginId }) => client.otp.signUp[method](loginId),
  signin: ({ method = 'sms', loginId, options, refreshToken }) =>
    client.otp.signIn[method](loginId, options, refreshToken),
  verify: ({ method = 'sms', loginId, code }) => client.otp.verify[method](loginId, code),
  validate: async ({ sessionToken }) => (await client.validateSession(sessionToken), {}),
  'update-phone': ({ method = 'sms', loginId, phone, refreshToken }) =>
    client.otp.update.phone[method](loginId, phone, refreshToken),
  'update-email': ({ loginId, email, refreshToken }) => client.otp.update.email(loginId, email, refreshToken),
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

function tokens({ sessionJwt: sessionToken, refreshJwt: refreshToken, methods }) {
  return { sessionToken, refreshToken, methods };
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
