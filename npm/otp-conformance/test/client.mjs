// A client in a few lines, right or wrong, for tests that need one.

export const ADA = '+12025550140'; // reserved for fiction: NANP 555-01xx

export async function call({ url, projectId }, path, body, bearer = '') {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${projectId}${bearer}` };
  const answer = await fetch(url + path, body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, data: await answer.json() };
}

/** A client that does it right. */
export async function signIn(endpoint, loginId = ADA) {
  await call(endpoint, '/v1/auth/otp/signup-in/sms', { loginId });
  return (await call(endpoint, '/v1/auth/otp/verify/sms', { loginId, code: await endpoint.code(loginId) })).data;
}

/** One that presents its session token where the refresh token belongs: OTP-122, a MUST. */
export async function misuse(endpoint) {
  const { sessionJwt } = await signIn(endpoint);
  return call(endpoint, '/v1/auth/me', undefined, `:${sessionJwt}`);
}

/** One that sends a code as a number: OTP-053, a SHOULD. */
export async function slip(endpoint) {
  await call(endpoint, '/v1/auth/otp/signup-in/sms', { loginId: ADA });
  return call(endpoint, '/v1/auth/otp/verify/sms', { loginId: ADA, code: 12345 });
}
