// Takes the official Node SDK, as released, through a login by SMS and through the management of test users.
//
// Environment: DESCOPE_BASE_URL, DESCOPE_PROJECT_ID and DESCOPE_MANAGEMENT_KEY, handed to the SDK as its options.
// The server is an emulator with an inbox: GET /emulator/otp/{loginId}.

import DescopeClient from '@descope/node-sdk';
import { accepted, another, check, refused, same } from './checks.mjs';

const { DESCOPE_BASE_URL: baseUrl, DESCOPE_PROJECT_ID: projectId, DESCOPE_MANAGEMENT_KEY: managementKey } = process.env;
const [ADA, EVE, IDA] = ['+12025550120', '+12025550121', '+12025550122']; // reserved for fiction: NANP 555-01xx

async function main() {
  const client = DescopeClient({ projectId, managementKey, baseUrl });
  const userId = await firstLogin(client);
  await secondLogin(client, userId);
  if (!process.argv.includes('--login-only')) await testUsers(client); // what older releases have
}

async function firstLogin(client) {
  const { maskedPhone } = accepted(await client.otp.signUpOrIn.sms(ADA), 'sign up or in');
  check(typeof maskedPhone === 'string' && maskedPhone !== ADA, `masked phone: seen ${maskedPhone}`);
  done('sign up or in', maskedPhone);

  const code = await inbox(ADA);
  refused(await client.otp.verify.sms(ADA, another(code)), 'E061102', 'a wrong code');
  done('a wrong code is refused', 'E061102');

  const login = accepted(await client.otp.verify.sms(ADA, code), 'verify');
  same(login.user.loginIds, [ADA], 'login IDs');
  same([login.firstSeen, login.user.verifiedPhone], [true, true], 'first seen, phone verified');
  done('verify', login.user.userId);

  refused(await client.otp.verify.sms(ADA, code), 'E061102', 'the same code again');
  done('the same code again is refused', 'E061102');

  const { token } = await client.validateSession(login.sessionJwt);
  same([token.iss, token.sub, token.drn], [projectId, login.user.userId, 'DS'], 'session');
  same(token.amr, ['sms'], 'methods');
  done('validate the session', 'signature checked against the published keys');

  const renewed = await client.refreshSession(login.refreshJwt);
  same([renewed.token.sub, renewed.token.drn], [login.user.userId, 'DS'], 'refreshed session');
  same((await client.validateSession(renewed.jwt)).token.sub, login.user.userId, 'subject of the refreshed session');
  done('refresh', 'a session of the same user');

  const me = accepted(await client.me(login.refreshJwt), 'me');
  same([me.userId, me.phone, me.status], [login.user.userId, ADA, 'enabled'], 'me');
  done('me', me.userId);

  accepted(await client.logout(login.refreshJwt), 'logout');
  refused(await client.refresh(login.refreshJwt), 'E064001', 'refresh after logout');
  refused(await client.me(login.refreshJwt), 'E064001', 'me after logout');
  const seen = await client.refreshSession(login.refreshJwt).catch((error) => error);
  check(seen instanceof Error, 'refreshSession after logout was to be refused, and was not');
  done('log out, then refresh and me are refused', 'E064001');
  return login.user.userId;
}

async function secondLogin(client, userId) {
  accepted(await client.otp.signUpOrIn.sms(ADA), 'send');
  const superseded = await inbox(ADA);
  accepted(await client.otp.signIn.sms(ADA), 'second send');
  refused(await client.otp.verify.sms(ADA, superseded), 'E061102', 'the older code');
  const login = accepted(await client.otp.verify.sms(ADA, await inbox(ADA)), 'verify the newer code');
  same([login.user.userId, login.firstSeen], [userId, false], 'the user who came back');
  done('log in again with the newer of two codes', 'the same user');
  refused(await client.otp.signUp.sms(ADA, { name: 'Ada' }), 'E062107', 'sign up twice');
  refused(await client.otp.signIn.sms(EVE), 'E062108', 'sign in a stranger');
  done('sign up twice and sign in a stranger are refused', 'E062107, E062108');
}

async function testUsers(client) {
  const users = client.management.user;
  const created = accepted(await users.createTestUser(EVE, { phone: EVE, displayName: 'Eve' }), 'create');
  same([created.test, created.status, created.name], [true, 'invited', 'Eve'], 'new test user');
  done('create a test user', created.userId);

  const generated = accepted(await users.generateOTPForTestUser('sms', EVE), 'generate a code');
  same(generated.loginId, EVE, 'login ID of the generated code');
  accepted(await client.otp.signUpOrIn.sms(EVE), 'send');
  const login = accepted(await client.otp.verify.sms(EVE, generated.code), 'verify the generated code');
  const { token } = await client.validateSession(login.sessionJwt);
  same([token.tu, login.user.userId], [true, created.userId], 'login of the test user');
  done('a generated code outlives a send and logs in', 'tu: true');

  const loaded = accepted(await users.load(EVE), 'load');
  same([loaded.userId, loaded.status], [created.userId, 'enabled'], 'loaded user');
  const found = accepted(await users.searchTestUsers({ loginIds: [EVE] }), 'search');
  same(found.users.map((user) => user.userId), [created.userId], 'found test users');
  done('load and search', loaded.status);

  refused(await users.generateOTPForTestUser('sms', ADA), undefined, 'a code for an ordinary user');
  done('no code is generated for an ordinary user', 'refused');

  accepted(await users.delete(EVE), 'delete');
  refused(await users.load(EVE), 'E112102', 'load after delete');
  done('delete, then load is refused', 'E112102');

  for (const loginId of [EVE, IDA]) {
    accepted(await users.createTestUser(loginId, { phone: loginId }), 'create');
  }
  accepted(await users.deleteAllTestUsers(), 'delete all test users');
  for (const loginId of [EVE, IDA]) {
    refused(await users.load(loginId), 'E112102', 'load after all were deleted');
  }
  same(accepted(await users.load(ADA), 'load').test, false, 'ordinary user');
  done('delete all test users', 'the ordinary user is still there');
}

/** The code that was sent last. The SDK has no say in this request. */
async function inbox(loginId) {
  const answer = await fetch(`${baseUrl}/emulator/otp/${encodeURIComponent(loginId)}`);
  check(answer.ok, `no code for ${loginId}: ${answer.status}`);
  return (await answer.json()).code;
}

function done(step, seen) {
  console.log(`node: ${step}: ${seen}`);
}

main().catch((error) => {
  console.error(`node: ${error.message}`);
  process.exit(1);
});
