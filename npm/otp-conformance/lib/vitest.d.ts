import type { Conformance, ProxyOptions } from './conformance.js';

export type { Conformance, Endpoint, ProxyOptions, Verdict } from './conformance.js';

/**
 * Starts a recording proxy before the first test of this file, with its address and keys in `process.env`, and names
 * what passes it by the running test. A verdict that is not declared as a test fails the file.
 */
export function conformance(options?: ProxyOptions): Conformance;
