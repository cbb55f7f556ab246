import type { Endpoint, ProxyOptions, Verdict } from './index.js';

/** A proxy that runs from the first test of a file to its last; its values are there within tests and hooks. */
export interface Conformance extends Endpoint {
  /** Declares the verdict as a test. Call it last: what comes after it is judged by nothing. */
  verdict(name?: string): void;
  /** Ends the proxy before the last test. */
  stop(): Promise<Verdict>;
}

export type { Endpoint, ProxyOptions, Verdict };
