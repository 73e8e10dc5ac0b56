import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { EXAMPLES } from './examples.ts';

const found = inject('chromium');
const reason = 'reason' in found ? found.reason : undefined;
const folder = packagePath('pictures');
const pages = mkdtempSync(path.join(tmpdir(), 'sluice-pages-'));
const CHECKS = readFileSync(packagePath('test', 'pictures', 'in-page.js'), 'utf8');

interface Seen {
  problems: string[];
  lowest: number;
  texts: number;
}

let browser: Browser;

/** A page with what it asked for and what its policy refused. */
async function open(url: string, options: BrowserContextOptions): Promise<Page & { trouble: string[] }> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const trouble: string[] = [];
  page.on('console', (message) => trouble.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:')) trouble.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return Object.assign(page, { trouble });
}

function fileOf(name: string): string {
  return pathToFileURL(path.join(pages, `${name}.html`)).href;
}

describe.skipIf(reason !== undefined)(`pages in Chromium${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    for (const [name, html] of Object.entries(EXAMPLES)) writeFileSync(path.join(pages, `${name}.html`), html);
    browser = await chromium.launch({
      executablePath: 'program' in found ? found.program : '',
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(pages, { recursive: true, force: true });
    console.log(`pictures of the pages: ${folder}`);
  });

  describe.each(Object.keys(EXAMPLES))('%s', (name) => {
    it.each([
      [1280, 'light'],
      [1280, 'dark'],
      [360, 'light'],
      [360, 'dark'],
    ] as const)('at %i px, %s', async (width, colorScheme) => {
      const page = await open(fileOf(name), { viewport: { width, height: 800 }, colorScheme });
      for (const details of await page.locator('details').all()) await details.locator('summary').click();
      const seen = (await page.evaluate(CHECKS)) as Seen;
      await page.evaluate('scrollTo(0, 0)');
      await page.screenshot({ path: path.join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
      expect({ trouble: page.trouble, problems: seen.problems }).toEqual({ trouble: [], problems: [] });
      expect(seen.lowest).toBeGreaterThan(3);
      const dark = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(dark === 'rgb(255, 255, 255)').toBe(colorScheme === 'light');
      await page.context().close();
    });
  });

  it('prints in light colours, without buttons', async () => {
    const page = await open(fileOf('reconcile'), { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(((await page.evaluate(CHECKS)) as Seen).problems).toEqual([]);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await page.locator('button:visible').count()).toBe(0);
    await page.pdf({
      path: path.join(folder, 'reconcile.pdf'),
      format: 'A4',
      margin: { top: '15mm', left: '15mm', right: '15mm', bottom: '15mm' },
    });
    await page.context().close();
  });

  it('copies the whole script by its button', async () => {
    // The clipboard can be read again only where a page has an origin.
    const server = createServer((_, response) =>
      response.setHeader('content-type', 'text/html').end(EXAMPLES['reconcile']),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const page = await open(url, { permissions: ['clipboard-read', 'clipboard-write'] });
      await page.getByRole('button', { name: 'Copy the script' }).click();
      await page.getByRole('button', { name: 'Copied' }).waitFor();
      const copied = (await page.evaluate('navigator.clipboard.readText()')) as string;
      expect(copied).toBe(await page.locator('#script').textContent());
      expect(copied).toMatch(/^BEGIN;\n[\s\S]*Lindenstraße[\s\S]*COMMIT;\n$/);
      expect(page.trouble).toEqual([]);
      await page.context().close();
    } finally {
      server.close();
    }
  });

  it('works without scripts: all is there, and no button that does nothing', async () => {
    const page = await open(fileOf('reconcile'), { javaScriptEnabled: false });
    expect(await page.locator('#script').textContent()).toContain('COMMIT;');
    expect(await page.locator('button:visible').count()).toBe(0);
    await page.context().close();
  });

  it('refuses a script and a style that got into a value unescaped', async () => {
    const spoilt = (EXAMPLES['reconcile'] ?? '').replace(
      '</header>',
      '<script>document.title = "run"</script><style>body{background:rgb(255, 0, 0)}</style><img src=x onerror="document.title = 1"></header>',
    );
    writeFileSync(path.join(pages, 'spoilt.html'), spoilt);
    const page = await open(fileOf('spoilt'), {});
    expect(await page.title()).toBe('failed: shop');
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(page.trouble.filter((one) => one.includes('Content Security Policy')).length).toBeGreaterThan(2);
    await page.context().close();
  });
});
