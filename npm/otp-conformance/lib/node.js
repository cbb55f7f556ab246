// A proxy for the tests of one file, under node's own runner.

import { after, before, beforeEach, test } from 'node:test';

import { lane } from './lane.js';

export function conformance(options = {}) {
  return lane(options, {
    beforeAll: before,
    afterAll: after,
    beforeEach: (mark) => beforeEach((context) => mark(context.fullName ?? context.name)),
    test,
  });
}
