import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import puppeteer, { type Browser } from 'puppeteer-core';
import { PAGE_SCRIPT } from './page-script.js';
import { pagePeer, type Peer } from './peer.js';

/** Debian's Firefox over WebDriver BiDi. */
export function launchFirefox(): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: '/usr/bin/firefox-esr',
    headless: true,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.peerconnection.ice.loopback': true,
      'media.peerconnection.ice.obfuscate_host_addresses': false,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
    },
  });
}

export async function firefoxPeer(browser: Browser): Promise<Peer> {
  const site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<body></body>'));
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  // Only a page that captures is given the candidates of all interfaces, loopback among them.
  await page.evaluate('navigator.mediaDevices.getUserMedia({ audio: true, video: true }).then((stream) => { globalThis.captured = stream; })');
  await page.evaluate(`(() => {${PAGE_SCRIPT}})()`);
  return pagePeer((expression) => page.evaluate(expression), async () => {
    site.close();
    await page.close();
  });
}
