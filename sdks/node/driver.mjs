// Makes an official JavaScript SDK call, one JSON line per call in and one per result out: docs/drivers.md.
//
// Environment: DESCOPE_BASE_URL and DESCOPE_PROJECT_ID, handed to the SDK as its options. DESCOPE_SDK names a package for
// browsers in place of the Node SDK: @descope/core-js-sdk, or one with the same calls, such as @descope/web-js-sdk.

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

console.log = console.error; // what the SDK prints is no answer

const { DESCOPE_BASE_URL: baseUrl, DESCOPE_PROJECT_ID: projectId, DESCOPE_SDK: name } = process.env;
const loaded = name ? createRequire(import.meta.url)(name) : await import('@descope/node-sdk');
const kept = name && { persistTokens: false, autoRefresh: false };
const client = (loaded.default ?? loaded)({ projectId, baseUrl, ...kept });

const calls = {
  methods: () => ({ methods: Object.keys(client.otp.verify) }),
  'signup-in': ({ method = 'sms', loginId }) => client.otp.signUpOrIn[method](loginId),
  signup: ({ method = 'sms', loginId }) => client.otp.signUp[method](loginId),
  signin: ({ method = 'sms', loginId, options, refreshToken }) =>
    client.otp.signIn[method](loginId, options, refreshToken),
  verify: ({ method = 'sms', loginId, code }) => client.otp.verify[method](loginId, code),
  'update-phone': ({ method = 'sms', loginId, phone, refreshToken }) =>
    client.otp.update.phone[method](loginId, phone, refreshToken),
  'update-email': ({ loginId, email, refreshToken }) => client.otp.update.email(loginId, email, refreshToken),
  refresh: ({ refreshToken }) => client.refresh(refreshToken),
  me: ({ refreshToken }) => client.me(refreshToken),
  logout: ({ refreshToken }) => client.logout(refreshToken),
};

/** The Node SDK reads tokens itself. Its own errors of that are plain; of other calls it documents none but the response. */
const ofServers = {
  validate: async ({ sessionToken }) => (await client.validateSession(sessionToken), {}),
  refresh: async ({ refreshToken }) => ({ sessionJwt: (await client.refreshSession(refreshToken)).jwt }),
};
if (!name) Object.assign(calls, ofServers);

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
    const { sessionJwt: sessionToken, refreshJwt: refreshToken, methods } = answer.data ?? answer;
    return { ok: { sessionToken, refreshToken, methods } };
  } catch (error) {
    const own = Object.values(ofServers).includes(call) && error.constructor === Error;
    return { error: { kind: error.name, own, text: `${error.message}` } };
  }
}

/** The SDK resolves with what the server said. */
function refused({ code: status, error = {} }) {
  const { errorCode: code, retryAfter } = error;
  return { kind: 'SdkResponse', own: true, status, code, retryAfter, text: JSON.stringify(error) };
}
