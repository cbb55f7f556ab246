// Takes the official Node SDK, as released, through sign-up, login and update by every delivery method that it knows.
//
// Environment: DESCOPE_BASE_URL, DESCOPE_PROJECT_ID and DESCOPE_MANAGEMENT_KEY, handed to the SDK as its options.
// The server is an emulator with an inbox: GET /emulator/messages.

import DescopeClient from '@descope/node-sdk';
import { accepted, another, check, refused, same } from './checks.mjs';

const { DESCOPE_BASE_URL: baseUrl, DESCOPE_PROJECT_ID: projectId, DESCOPE_MANAGEMENT_KEY: managementKey } = process.env;
const client = DescopeClient({ projectId, managementKey, baseUrl });

// Addresses for examples (RFC 2606), numbers reserved for fiction: NANP 555-01xx. The user's, the next one, a test user's.
const addresses = {
  email: ['ada+node@run.example.com', 'ada.next@run.example.com', 'eve@run.example.com'],
  voice: ['+12025550140', '+12025550141', '+12025550142'],
  whatsapp: ['+12025550143', '+12025550144', '+12025550145'],
  im: ['+12025550146', '+12025550147', '+12025550148'],
};

for (const [method, [ada, other, eve]] of Object.entries(addresses)) {
  const mail = method === 'email';
  const [member, verified, masked] = mail ? ['email', 'verifiedEmail', 'maskedEmail'] : ['phone', 'verifiedPhone', 'maskedPhone'];
  const done = (step, seen) => console.log(`node by ${method}: ${step}: ${seen}`);

  const sent = accepted(await client.otp.signUp[method](ada, { name: 'Ada' }), 'sign up');
  check(typeof sent[masked] === 'string' && sent[masked] !== ada, `${masked}: seen ${JSON.stringify(sent)}`);
  const code = await inbox(ada);
  refused(await client.otp.verify[method](ada, another(code)), 'E061102', 'a wrong code');
  const { user } = accepted(await client.otp.verify[method](ada, code), 'verify');
  same([user.loginIds, user[verified]], [[ada], true], `login IDs, ${verified}`);
  refused(await client.otp.signUp[method](ada, { name: 'Ada' }), 'E062107', 'sign up twice');

  accepted(await client.otp.signUpOrIn[method](ada), 'send');
  const superseded = await inbox(ada);
  accepted(await client.otp.signIn[method](ada), 'second send');
  refused(await client.otp.verify[method](ada, superseded), 'E061102', 'the older code');
  const login = accepted(await client.otp.verify[method](ada, await inbox(ada)), 'verify the newer code');
  same([login.user.userId, login.firstSeen], [user.userId, false], 'the user who came back');
  const { token } = await client.validateSession(login.sessionJwt);
  same(token.amr.includes('email'), mail, `email among ${token.amr}`);
  done('sign up, verify, log in again', sent[masked]);

  const update = mail ? client.otp.update.email : client.otp.update.phone[method];
  accepted(await update(ada, other, login.refreshJwt, { addToLoginIDs: true, onMergeUseExisting: false }), 'update');
  const moved = accepted(await client.otp.verify[method](ada, await inbox(other)), 'verify the update').user;
  same([moved.userId, moved[member]], [user.userId, other], 'the new address');
  done('update', 'the new address is the user’s');

  const users = client.management.user;
  accepted(await users.createTestUser(eve, { [member]: eve }), 'create a test user');
  const generated = accepted(await users.generateOTPForTestUser(method, eve), 'generate a code');
  accepted(await client.otp.verify[method](eve, generated.code), 'verify the generated code');
  accepted(await users.delete(eve), 'delete');
  done('a generated code logs in', eve);
}

/** The code that went to this address last. The SDK has no say in this request. */
async function inbox(address) {
  const answer = await fetch(`${baseUrl}/emulator/messages?to=${encodeURIComponent(address)}`);
  const { messages } = await answer.json();
  check(messages.length > 0, `no message to ${address}`);
  return messages.at(-1).token;
}
