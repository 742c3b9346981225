/**
 * Keeps every text that was ever put into the page, so that a notice that is soon replaced can still be
 * asked for. Looks only at what was added: asking for the page's whole text at each change is dear.
 */
(() => {
  const seen = new Set();
  new MutationObserver((changes) => {
    for (const { addedNodes, target, type } of changes) {
      for (const node of type === 'childList' ? addedNodes : [target]) {
        if (seen.size < 5000 && node.textContent) seen.add(node.textContent);
      }
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
  Object.defineProperty(globalThis, 'reelroomTexts', { value: { has: (text) => [...seen].some((part) => part.includes(text)) } });
})();
