import { chromium, type Browser } from 'playwright-core';
import { PAGE_SCRIPT } from './page-script.js';
import { pagePeer, type Peer } from './peer.js';

/** Debian's Chromium with made-up devices. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--allow-loopback-in-peer-connection',
      '--autoplay-policy=no-user-gesture-required',
      '--disable-background-networking',
      '--disable-renderer-backgrounding',
      '--disable-background-timer-throttling',
    ],
  });
}

export async function chromiumPeer(browser: Browser): Promise<Peer> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<body></body>' }));
  await page.goto('https://reelroom.test/');
  await page.evaluate(`(() => {${PAGE_SCRIPT}})()`);
  return pagePeer((expression) => page.evaluate(expression), () => context.close());
}
