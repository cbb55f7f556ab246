// Compiled, not run: the types say what the code does.

import { type Proxy, proxy, serve, type Verdict } from 'otp-conformance';
import { conformance as byNode } from 'otp-conformance/node';
import { conformance } from 'otp-conformance/vitest';

export async function all(): Promise<boolean> {
  const server = await serve({ faults: ['never-consumed'], variants: [] });
  const code: string = await server.code('+12025550140', { timeout: 10 });
  await server.advance(1_000);
  await server.stop();
  const running: Proxy = await proxy({ target: server.url, codes: 'emulator', strict: true });
  await running.mark(code);
  const verdict: Verdict = await running.stop();
  const lanes = [conformance({ hostile: 'transient::503-then-success' }), byNode()];
  for (const lane of lanes) lane.verdict();
  // @ts-expect-error there is no such option
  await proxy({ fault: ['never-consumed'] });
  return verdict.ok && verdict.violated.includes('OTP-122');
}
