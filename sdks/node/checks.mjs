// What the flows through the Node SDK demand of its answers.

/** A code that is not this one. */
export function another(code) {
  return code.slice(0, -1) + (code.endsWith('0') ? '1' : '0');
}

/** The data of an answer that must be a success. */
export function accepted(response, what) {
  check(response.ok, `${what} was refused: ${response.code} ${JSON.stringify(response.error)}`);
  return response.data;
}

/** An answer that must be a refusal, with this error code where one is given. */
export function refused(response, errorCode, what) {
  check(!response.ok, `${what} was to be refused, and was not`);
  check(!errorCode || response.error?.errorCode === errorCode, `${what}: expected ${errorCode}, seen ${JSON.stringify(response.error)}`);
}

export function same(seen, expected, what) {
  const [one, other] = [JSON.stringify(seen), JSON.stringify(expected)];
  check(one === other, `${what}: expected ${other}, seen ${one}`);
}

export function check(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}
