/** The report in a real browser: it loads nothing, complains about nothing, and fits a phone. */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { archiveReport } from '../../coordinator/report/archive.js';
import { buildReport } from '../../coordinator/report/build-report.js';
import { sampleReportInput } from '../support/sample-results.js';

const executablePath = findChromium();
if (!executablePath) console.warn('SKIP: no Chromium on PATH (apt-get install chromium); the report was not opened');

function findChromium(): string | undefined {
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter)];
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync);
}

const SCREENS = [
  ['desktop', 1280, 'light'],
  ['desktop in the dark', 1280, 'dark'],
  ['tablet', 768, 'light'],
  ['phone', 390, 'light'],
  ['narrow phone', 320, 'dark'],
] as const;

describe.skipIf(!executablePath)('the report in Chromium', () => {
  let browser: Browser;
  let folder = '';
  let url = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ecopt-browser-'));
    const { html } = await archiveReport(buildReport(sampleReportInput({ configurations: 10 })), folder);
    url = pathToFileURL(html).href;
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(async () => {
    await browser?.close();
    if (folder !== '') await rm(folder, { recursive: true });
  });

  test.each(SCREENS)(
    'on a %s (%i pixels, %s) it fits, asks for nothing and complains of nothing',
    async (_, width, colorScheme) => {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      const { complaints, requests } = listen(page);
      await page.goto(url);
      await page.evaluate('document.querySelectorAll("details").forEach((details) => (details.open = true))');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      expect(await page.evaluate(CLIPPED)).toEqual([]);
      expect(requests).toEqual([url]);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  test('charts are drawn: every one has dots or a line within its frame', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(url);
    await page.evaluate('document.querySelectorAll("details").forEach((details) => (details.open = true))');
    const charts = await page.evaluate(CHART_SIZES);
    expect(charts).not.toHaveLength(0);
    for (const { width, height, marks } of charts as ChartSize[]) {
      expect(width).toBeGreaterThan(250);
      expect(height).toBeGreaterThan(100);
      expect(marks).toBeGreaterThan(0);
    }
    await page.close();
  });

  test('a link to a trial leads to its row', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(url);
    await page.click('#summary a[href^="#trial-"]');
    expect(await page.evaluate('document.querySelector(":target").closest("tr") !== null')).toBe(true);
    await page.close();
  });
});

interface ChartSize {
  readonly width: number;
  readonly height: number;
  readonly marks: number;
}

/** Elements that stick out of the page without standing in something that scrolls. */
const CLIPPED = `[...document.querySelectorAll('main *')]
  .filter((element) => !element.closest('.scroll, .wide, pre, svg, nav'))
  .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((element) => element.outerHTML.slice(0, 80))`;

const CHART_SIZES = `[...document.querySelectorAll('svg.chart')].map((svg) => {
  const { width, height } = svg.getBoundingClientRect();
  return { width, height, marks: svg.querySelectorAll('circle, path[d]').length };
})`;

function listen(page: Page): { readonly complaints: string[]; readonly requests: string[] } {
  const [complaints, requests]: [string[], string[]] = [[], []];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  return { complaints, requests };
}
