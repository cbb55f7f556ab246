// The page of `--html`, as a browser has it. REPORT is one of about thirty bugs, AGAINST the same compared with a run
// that had fewer.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { browser, looks, open } from './page.mjs';

const { REPORT, AGAINST } = process.env;
const report = pathToFileURL(REPORT).href;
let running;
before(async () => (running = await browser()));
after(() => running.close());

const visible = (page, selector) => page.locator(`${selector}:visible`).count();

test('thirty bugs fit into 300 kB', () => {
  for (const file of [REPORT, AGAINST]) assert.ok(statSync(file).size <= 300_000, `${file}: ${statSync(file).size} bytes`);
});

test('it is readable at every width, in light and dark, folded and unfolded', async () => {
  await looks(running, report, 'report');
  await looks(running, pathToFileURL(AGAINST).href, 'against');
  await looks(running, report, 'unfolded', (page) =>
    page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true))),
  );
});

test('filters show what was asked for, and the address keeps it', async () => {
  const { page, close } = await open(running, report);
  const all = await visible(page, 'article');
  assert.ok(all > 20, `${all} findings`);
  await page.getByRole('checkbox', { name: 'violated' }).uncheck();
  const warned = await visible(page, 'article');
  assert.equal(warned, await page.locator('article.is-warned').count());
  assert.ok(warned < all);
  assert.equal(await visible(page, '.cell.violated'), 0);
  assert.match(page.url(), /#\?state=/);
  await page.reload();
  assert.equal(await visible(page, 'article'), warned);
  await page.getByRole('button', { name: 'All' }).click();
  await page.waitForFunction((many) => document.querySelectorAll('article:not([hidden])').length === many, all);
  await page.getByRole('checkbox', { name: 'SHOULD' }).uncheck();
  assert.equal(await visible(page, '[data-level=SHOULD]'), 0);
  await page.getByRole('checkbox', { name: 'SHOULD' }).check();
  await page.getByLabel('Area').selectOption('sessions');
  assert.equal(await visible(page, 'article:not([data-area=sessions])'), 0);
  await page.getByLabel('Area').selectOption('');
  const first = await page.locator('article').first().getAttribute('id');
  await page.getByRole('searchbox', { name: 'Words' }).fill(`${first} ${await page.locator('article h4').first().textContent()}`);
  assert.equal(await visible(page, 'article'), 1);
  assert.match(await page.locator('output').textContent(), /^\d+ of \d+ requirements, 1 of \d+ findings$/);
  await page.getByRole('searchbox', { name: 'Words' }).fill('no such words');
  assert.equal(await visible(page, 'article'), 0);
  await close();
});

test('a link leads to a finding, also where a filter hid it, and to a row in what is folded', async () => {
  const { page, close } = await open(running, `${report}#?state=held`);
  assert.equal(await visible(page, 'article'), 0);
  const id = await page.locator('article').first().getAttribute('id');
  await page.evaluate((place) => (location.hash = place), `#${id}`);
  await page.locator(`#${id}`).waitFor({ state: 'visible' });
  assert.equal(await page.evaluate(() => document.activeElement.id), id);
  assert.equal(new URL(page.url()).hash, `#${id}`);
  const held = page.locator('.cell.held').first();
  await held.click();
  await page.waitForFunction(() => document.activeElement.id.startsWith('about-OTP-'));
  assert.ok(await page.locator(':focus').isVisible());
  await close();
});

test('the keyboard is enough', async () => {
  const { page, close } = await open(running, report);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'To the findings');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.id === 'findings');
  const exchange = page.locator('article details.x summary').first();
  await exchange.focus();
  await page.keyboard.press('Enter');
  assert.match(await page.locator('article details.x[open] pre').first().textContent(), /^curl /);
  await close();
});

test('calls are drawn as time lines that say what they show', async () => {
  const { page, close } = await open(running, report);
  const drawings = page.locator('article svg[role=img]');
  assert.ok((await drawings.count()) > 10);
  assert.match(await drawings.first().getAttribute('aria-label'), /^Time line of \d+ calls; exchanges? .* show/);
  await close();
});

test('what has changed since an earlier run is said first', async () => {
  const { page, close } = await open(running, pathToFileURL(AGAINST).href);
  assert.match(await page.locator('#since').textContent(), /^Since the run of /);
  assert.ok((await page.locator('.cell.changed').count()) > 0);
  assert.ok((await page.getByText('new', { exact: true }).count()) > 0);
  await close();
});
