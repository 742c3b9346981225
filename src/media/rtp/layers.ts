import type { WantedSize } from '../../core/media.js';

/** Choice of a simulcast layer for one viewer. Pure. */

export interface LayerFacts {
  /** Size of its last keyframe; 0 before the first. */
  widthPx: number;
  heightPx: number;
  bitsPerSecond: number;
  /** Packets came in lately. */
  active: boolean;
}

const UPGRADE_HEADROOM = 1.2;

/**
 * The smallest active layer that covers the wanted size within the budget, else the largest affordable
 * one, else the smallest active one. Null where no layer is active. A layer above the `current` one
 * needs some room to spare, so that a budget at its edge does not switch to and fro.
 */
export function chooseLayer(layers: readonly LayerFacts[], wanted: WantedSize, budgetBps: number, current: number | null = null): number | null {
  const active = layers.map((facts, index) => ({ facts, index })).filter(({ facts }) => facts.active);
  active.sort((a, b) => a.facts.heightPx - b.facts.heightPx || a.facts.bitsPerSecond - b.facts.bitsPerSecond);
  if (active.length === 0) return null;
  const covering = wanted === 'best' ? -1 : active.findIndex(({ facts }) => covers(facts, wanted));
  const candidates = covering < 0 ? active : active.slice(0, covering + 1);
  const currentHeight = (current === null ? undefined : layers[current])?.heightPx ?? Number.POSITIVE_INFINITY;
  const affordable = candidates.filter(({ facts }) => facts.bitsPerSecond * (facts.heightPx > currentHeight ? UPGRADE_HEADROOM : 1) <= budgetBps);
  return (affordable.at(-1) ?? active[0])!.index;
}

/** A picture enlarged by up to a tenth still looks sharp. */
function covers(facts: LayerFacts, wanted: { widthPx: number; heightPx: number }): boolean {
  // Rotated pictures and tiles that crop: it is enough that one side fits.
  return facts.heightPx * 1.1 >= wanted.heightPx || facts.widthPx * 1.1 >= wanted.widthPx;
}
