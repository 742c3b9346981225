import { getDocument, PDFWorker, type PDFDocumentProxy } from 'pdfjs-dist';
import type { Slides } from './pictures.js';
import type { Presentable } from './presentable.js';
import { CannotShow, MAX_HEIGHT_PX, MAX_WIDTH_PX, type Size } from './stage-canvas.js';

/** The pages of a PDF, each as large as the stage takes. Rejects with `CannotShow`, as for one with a password. */
export async function pdfSlides(file: Presentable): Promise<Slides> {
  const thread = new Worker(new URL('./pdf-worker.ts', import.meta.url), { type: 'module' });
  const worker = PDFWorker.create({ port: thread });
  // Of one on the server, the pages that are shown.
  const source = file instanceof File ? { data: new Uint8Array(await file.arrayBuffer()) } : { url: file.url, disableAutoFetch: true };
  const loading = getDocument({ ...source, isEvalSupported: false, worker });
  const pages = await loading.promise.catch((cause: unknown) => {
    thread.terminate();
    throw new CannotShow('a PDF that cannot be read', { cause });
  });
  const first = await drawn(pages, 0);
  let last: { index: number; picture: HTMLCanvasElement } = { index: 0, picture: first };
  return {
    names: Array.from({ length: pages.numPages }, () => file.name),
    size: { width: first.width, height: first.height },
    at: async (index) => {
      if (last.index !== index) last = { index, picture: await drawn(pages, index) };
      return last.picture;
    },
    close: () => void loading.destroy().finally(() => thread.terminate()),
  };
}

async function drawn(pages: PDFDocumentProxy, index: number): Promise<HTMLCanvasElement> {
  const page = await pages.getPage(index + 1);
  const { width, height }: Size = page.getViewport({ scale: 1 });
  const viewport = page.getViewport({ scale: Math.min(MAX_WIDTH_PX / width, MAX_HEIGHT_PX / height) });
  const canvas = document.createElement('canvas');
  canvas.width = Math.floor(viewport.width);
  canvas.height = Math.floor(viewport.height);
  await page.render({ canvas, viewport }).promise;
  page.cleanup();
  return canvas;
}
