// An address that a client is given, and the emulator's own endpoints behind it.

import { setTimeout as sleep } from 'node:timers/promises';

// Those of the emulator where it is given no others.
export const PROJECT_ID = 'P2OTPConformanceEmulator0001';
export const MANAGEMENT_KEY = 'K2OTPConformanceEmulatorManagementKey';

export class Endpoint {
  constructor({ url, projectId, managementKey }) {
    this.url = url;
    this.projectId = projectId;
    this.managementKey = managementKey;
  }

  /** The variables in which SDKs look for these values. Proxies of the environment are kept off loopback. */
  get env() {
    const direct = [process.env.NO_PROXY, '127.0.0.1', 'localhost'].filter(Boolean).join(',');
    return {
      DESCOPE_BASE_URL: this.url,
      DESCOPE_BASE_URI: this.url,
      DESCOPE_PROJECT_ID: this.projectId,
      OTP_PROJECT_ID: this.projectId,
      DESCOPE_MANAGEMENT_KEY: this.managementKey,
      OTP_MANAGEMENT_KEY: this.managementKey,
      NO_PROXY: direct,
      no_proxy: direct,
    };
  }

  /** The code that waits for this login ID; asks again until `timeout` milliseconds are over. */
  async code(loginId, { timeout = 2_000 } = {}) {
    const until = performance.now() + timeout;
    for (;;) {
      const answer = await this.#ask(`/emulator/otp/${encodeURIComponent(loginId)}`);
      if (answer.ok) return (await answer.json()).code;
      await answer.body?.cancel();
      if (answer.status !== 404) throw new Error(`the inbox answered ${answer.status}`);
      if (performance.now() >= until) throw new Error(`no code waits for ${loginId}`);
      await sleep(20);
    }
  }

  /** The messages sent to a recipient, or the latest to anybody, oldest first. */
  async messages(to) {
    const query = to === undefined ? '' : `?${new URLSearchParams({ to })}`;
    return (await (await this.#ask(`/emulator/messages${query}`)).json()).messages;
  }

  /** Moves the server's clock ahead. */
  async advance(milliseconds) {
    await this.post('/emulator/clock', { advanceMs: milliseconds });
  }

  /** Forgets users, messages and moves of the clock. */
  async reset() {
    await this.post('/emulator/reset', {});
  }

  /** Posts to an endpoint that is none of the client's. */
  async post(path, body) {
    const headers = { 'content-type': 'application/json' };
    const answer = await this.#ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`POST ${path} was answered ${answer.status}`);
  }

  #ask(path, init) {
    return fetch(this.url + path, { ...init, signal: AbortSignal.timeout(30_000) });
  }
}
