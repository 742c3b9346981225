import { chooseLayer } from './rtp/layers.js';
import type { Subscription } from './subscription.js';

/**
 * Gives each of a subscriber's pictures its part of the budget: the smallest tiles first get what they
 * need, so that a large one is what gives way; what is left over is the large one's.
 */
export function shareBudget(subscriptions: readonly Subscription[], budgetBps: number, nowUs: number): void {
  let left = budgetBps;
  const shown = subscriptions.filter((one) => one.track.isVideo && one.wanted !== null);
  shown.sort((a, b) => heightOf(a) - heightOf(b));
  shown.forEach((subscription, i) => {
    const share = left / (shown.length - i);
    subscription.setBudget(share);
    const facts = subscription.track.layerFacts(nowUs);
    const chosen = chooseLayer(facts, subscription.wanted ?? 'best', share);
    left -= chosen === null ? 0 : Math.min(left, facts[chosen]!.bitsPerSecond);
  });
}

function heightOf({ wanted }: Subscription): number {
  return wanted === 'best' || wanted === null ? Number.POSITIVE_INFINITY : wanted.heightPx;
}
