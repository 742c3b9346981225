import { signal } from '@preact/signals';
import { parseRoute, type Route } from './parse-route.js';

export function currentRoute(): Route {
  return parseRoute(location.pathname, location.search, location.hash);
}

export const route = signal<Route>(currentRoute());

/** Goes to another page without loading it anew, so that a meeting goes on. */
export function navigate(url: string): void {
  history.pushState(null, '', url);
  route.value = currentRoute();
  scrollTo(0, 0);
}

/** Handles a plain click on a link of ours in the page; other clicks are the browser's. */
export function followLink(event: MouseEvent): void {
  const link = event.currentTarget;
  if (!(link instanceof HTMLAnchorElement) || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || parseRoute(url.pathname, url.search, url.hash).page === 'unknown') return;
  event.preventDefault();
  navigate(url.pathname + url.search + url.hash);
}
