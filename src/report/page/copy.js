"use strict";
// Buttons that copy the text of the element that they name. Without scripts they stay hidden.
(() => {
  // Where a browser offers no clipboard to a page from disk, the text is selected and copied.
  const selected = (node) => {
    const range = document.createRange(), selection = window.getSelection();
    range.selectNodeContents(node);
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand("copy");
  };
  const copied = async (node) => {
    try {
      await navigator.clipboard.writeText(node.textContent);
      return true;
    } catch {
      return selected(node);
    }
  };
  document.querySelectorAll("button[data-copy]").forEach((button) => {
    const name = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      button.textContent = (await copied(document.getElementById(button.dataset.copy))) ? "Copied" : "Could not copy";
      setTimeout(() => { button.textContent = name; }, 2000);
    });
  });
})();
