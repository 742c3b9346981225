import { launch, type Browser, type ElementHandle, type Page } from 'puppeteer-core';
import { letBrowsersGiveWay } from './give-way.js';
import { DEFAULT_WAIT_MS, requireBrowser, VIEWPORT, type Person, type PersonOptions, type UiRole } from './person.js';

const PREFERENCES = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.peerconnection.ice.link_local': true,
  'permissions.default.microphone': 1,
  'permissions.default.camera': 1,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'media.gmp-manager.url': '',
  'media.gmp-provider.enabled': false,
  'app.update.auto': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.min_background_timeout_value': 4,
  'dom.timeout.enable_budget_timer_throttling': false,
  'widget.windows.window_occlusion_tracking.enabled': false,
  // Drawn without a graphics card at 60 Hz, one page costs a whole core.
  'layout.frame_rate': 30,
  // The machine is small: one content process is enough for one page.
  'dom.ipc.processCount': 1,
  'dom.ipc.processPrelaunch.enabled': false,
};

export interface FirefoxHouse {
  person(options?: PersonOptions): Promise<Person & { readonly page: Page }>;
  close(): Promise<void>;
}

/** Firefox over WebDriver BiDi; its fake microphone hums at `toneHz`. */
export async function launchFirefox(toneHz: number): Promise<FirefoxHouse> {
  const browser: Browser = await launch({
    browser: 'firefox',
    executablePath: requireBrowser('/usr/bin/firefox-esr'),
    headless: true,
    extraPrefsFirefox: { ...PREFERENCES, 'media.navigator.audio.fake_frequency': toneHz },
    defaultViewport: VIEWPORT,
  });
  letBrowsersGiveWay();
  return {
    async person(options = {}) {
      const page = await browser.newPage();
      for (const script of options.initScripts ?? []) await page.evaluateOnNewDocument(script);
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
    if (problems.length < 100) problems.push(error instanceof Error ? error.message : String(error));
  });
  const selector = (role: UiRole, name: string): string => `::-p-aria([name="${name}"][role="${role}"])`;
  async function find(role: UiRole, name: string, timeout = DEFAULT_WAIT_MS): Promise<ElementHandle> {
    const element = await page.waitForSelector(selector(role, name), { visible: true, timeout });
    if (!element) throw new Error(`no ${role} "${name}"`);
    return element;
  }
  return {
    page,
    problems,
    async open(url) {
      await page.goto(url);
    },
    async click(role, name, timeout) {
      await (await find(role, name, timeout)).click();
    },
    async clickIn(dialog, role, name, timeout) {
      const element = await (await find('dialog', dialog, timeout)).waitForSelector(selector(role, name), { visible: true });
      await element?.click();
    },
    async check(name, checked) {
      const element = await find('checkbox', name);
      const now = await element.evaluate((node) => (node as unknown as { checked: boolean }).checked);
      if (now !== checked) await element.click();
    },
    async text(role, name) {
      const element = await find(role, name);
      return element.evaluate((node) => (node as unknown as { innerText: string }).innerText);
    },
    async fill(role, name, text) {
      const element = await find(role, name);
      await element.click({ count: 3 });
      await element.type(text);
    },
    async sees(role, name, timeout) {
      await find(role, name, timeout);
    },
    async reads(text, timeout = DEFAULT_WAIT_MS) {
      await page.waitForFunction(`document.body.innerText.includes(${JSON.stringify(text)})`, { timeout, polling: 100 });
    },
    async misses(role, name, timeout = DEFAULT_WAIT_MS) {
      await page.waitForSelector(selector(role, name), { hidden: true, timeout });
    },
    count: async (role, name) => (await page.$$(selector(role, name))).length,
    async attribute(role, name, attribute) {
      const element = await find(role, name);
      return element.evaluate((node, wanted) => node.getAttribute(wanted), attribute);
    },
    evaluate: async <T>(expression: string) => (await page.evaluate(expression)) as T,
    close: () => page.close(),
  };
}
