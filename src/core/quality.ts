/** How well what a person sends arrives: 3 good, 2 fair, 1 poor, 0 next to nothing. */
export const QUALITY_LEVELS = [0, 1, 2, 3] as const;
export type QualityLevel = (typeof QUALITY_LEVELS)[number];
