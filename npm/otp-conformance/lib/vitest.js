// A proxy for the tests of one file, under vitest.

import { afterAll, beforeAll, beforeEach, test } from 'vitest';

import { lane } from './lane.js';

export function conformance(options = {}) {
  return lane(options, {
    beforeAll,
    afterAll,
    beforeEach: (mark) => beforeEach(({ task }) => mark(fullName(task))),
    test,
  });
}

function fullName(task) {
  return [task.file?.name, ...parents(task.suite), task.name].filter(Boolean).join(' > ');
}

function parents(suite) {
  return suite && suite.type === 'suite' && suite.name !== suite.file?.name ? [...parents(suite.suite), suite.name] : [];
}
