import { chromium, type Browser, type Page } from 'playwright-core';
import { letBrowsersGiveWay } from './give-way.js';
import { DEFAULT_WAIT_MS, requireBrowser, VIEWPORT, type Person, type PersonOptions } from './person.js';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--allow-loopback-in-peer-connection',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
  '--mute-audio',
  // Host candidates as addresses: there is no mDNS responder in a container.
  '--disable-features=WebRtcHideLocalIpsWithMdns,MediaRouter,OptimizationHints,Translate,CalculateNativeWinOcclusion',
  // Several people share one browser; none of their pages may be treated as in the background.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];

/** One Chromium process; each person is a context of its own. */
export interface ChromiumHouse {
  person(options?: PersonOptions): Promise<Person & { readonly page: Page }>;
  close(): Promise<void>;
}

export async function launchChromium(): Promise<ChromiumHouse> {
  const browser: Browser = await chromium.launch({
    executablePath: requireBrowser('/usr/bin/chromium'),
    headless: true,
    args: FLAGS,
  });
  letBrowsersGiveWay();
  return {
    async person(options = {}) {
      const context = await browser.newContext({
        viewport: VIEWPORT,
        permissions: ['camera', 'microphone'],
        acceptDownloads: true,
        ...(options.userAgent === undefined ? {} : { userAgent: options.userAgent }),
      });
      for (const script of options.initScripts ?? []) await context.addInitScript({ content: script });
      const page = await context.newPage();
      return personOf(page);
    },
    close: () => browser.close(),
  };
}

function personOf(page: Page): Person & { readonly page: Page } {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && problems.length < 100) problems.push(message.text());
  });
  page.on('pageerror', (error) => {
    if (problems.length < 100) problems.push(error.message);
  });
  const find: (role: Parameters<Person['click']>[0], name: string) => ReturnType<Page['getByRole']> = (role, name) =>
    page.getByRole(role, { name, exact: true });
  return {
    page,
    problems,
    async open(url) {
      await page.goto(url);
    },
    click: (role, name, timeout = DEFAULT_WAIT_MS) => find(role, name).click({ timeout }),
    clickIn: (dialog, role, name, timeout = DEFAULT_WAIT_MS) =>
      find('dialog', dialog).getByRole(role, { name, exact: true }).click({ timeout }),
    check: (name, checked) => find('checkbox', name).setChecked(checked, { timeout: DEFAULT_WAIT_MS }),
    text: (role, name) => find(role, name).innerText({ timeout: DEFAULT_WAIT_MS }),
    fill: (role, name, text) => find(role, name).fill(text, { timeout: DEFAULT_WAIT_MS }),
    sees: (role, name, timeout = DEFAULT_WAIT_MS) => find(role, name).first().waitFor({ state: 'visible', timeout }),
    reads: (text, timeout = DEFAULT_WAIT_MS) => page.getByText(text).first().waitFor({ state: 'visible', timeout }),
    misses: (role, name, timeout = DEFAULT_WAIT_MS) => find(role, name).waitFor({ state: 'hidden', timeout }),
    count: (role, name) => find(role, name).count(),
    attribute: (role, name, attribute) => find(role, name).getAttribute(attribute, { timeout: DEFAULT_WAIT_MS }),
    evaluate: <T>(expression: string) => page.evaluate<T>(expression),
    close: () => page.context().close(),
  };
}
