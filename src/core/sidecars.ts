/** Files beside a movie (docs/sidecars.md): their names in the recording's folder and in the API. */
export const SIDECAR_NAMES = ['timeline.json', 'chapters.vtt', 'speakers.vtt', 'thumbnails.vtt', 'thumbnails.jpg', 'chat.json'] as const;
export type SidecarName = (typeof SIDECAR_NAMES)[number];
