// Whoever goes through the page by keys stays where they are when what has the focus goes, such as the line of a mark that
// is removed or a dialog: the browser would begin anew at the top of the page.

const BUTTON = "button:not(:disabled)";

export function keepFocus() {
  let last = null; // what has the focus, or had it when it went, and what it lies in

  document.addEventListener("focusin", ({ target }) => {
    if (target.closest(".v-overlay-container")) return; // it comes back from there
    const list = target.closest(".rab-list");
    const row = list && [...list.children].find((one) => one.contains(target));
    last = { target, list, number: row && [...list.children].indexOf(row), around: target.closest("section, [role=tabpanel]") };
  });
  // A click beside everything takes the focus away, and that is meant.
  window.addEventListener("pointerdown", () => (last = null), { capture: true });

  new MutationObserver(() => {
    if (!last || document.activeElement !== document.body) return;
    if (last.target.isConnected) last.target.focus({ preventScroll: true });
    if (document.activeElement === document.body) place(last)?.focus();
  }).observe(document.body, { childList: true, subtree: true });
}

// The line that is now where the one with the focus was, or the first button of the section.
function place({ list, number, around }) {
  const row = list?.isConnected && list.children[Math.min(number, list.children.length - 1)];
  const name = row && row.querySelector(`.rab-item-name:is(${BUTTON}), .rab-mark-button`);
  return name || (around?.isConnected ? around.querySelector(BUTTON) : null);
}
