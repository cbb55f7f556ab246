// What every page of ours must be: without console messages, without network, readable at every width, and clean to axe.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [360, 1400];
const SCHEMES = ['light', 'dark'];

/** The distribution's browser: none is downloaded. */
export const browser = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });

/** Opens an address; whatever the page says on the console, or asks another host for, fails the test at its end. */
export async function open(running, address, { width = 1400, colorScheme = 'light' } = {}) {
  const context = await running.newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  const own = new URL(address);
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== 'data:' && (protocol !== own.protocol || host !== own.host)) complaints.push(`network: ${request.url()}`);
  });
  await page.goto(address);
  const close = async () => {
    await context.close();
    assert.deepEqual(complaints, []);
  };
  return { page, close };
}

/** Every width in every scheme: nothing beside the page, and nothing that axe knows to be wrong. */
export async function looks(running, address, name, prepare = async () => {}) {
  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      const { page, close } = await open(running, address, { width, colorScheme });
      await prepare(page);
      await page.evaluate(axe);
      const found = await page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }));
      const told = found.violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html).join(' | ')}`);
      assert.deepEqual(told, [], `axe at ${width} pixels, ${colorScheme}`);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(over <= 0, `${over} pixels beside the page at ${width}`);
      if (process.env.PICTURES) await page.screenshot({ path: join(process.env.PICTURES, `${name}-${width}-${colorScheme}.png`) });
      await close();
    }
  }
}
