/** The thread in which pdf.js reads; a file of ours, so that it is built like every other one. */
import 'pdfjs-dist/build/pdf.worker.min.mjs';
