// Who goes through a list with Tab and takes a line away, or has renamed it, goes on there: the browser forgets where
// the focus was when what had it is gone.

import { isWalking } from "./shortcuts.js";

const LINE = ".rab-item";
const CONTROLS = "button, input";
let place = null; // in a list, of what had the focus last

const linesOf = (list) => [...list.children].filter((one) => one.matches(LINE));
const controlsOf = (part) => [...part.querySelectorAll(CONTROLS)];

function remember({ target }) {
  if (target.closest(".v-overlay")) return; // a question about the line
  const line = target.closest(LINE);
  place = line && {
    target,
    section: line.closest(".rab-section"),
    list: line.parentElement,
    line: linesOf(line.parentElement).indexOf(line),
    control: controlsOf(line).indexOf(target),
  };
}

function goOn() {
  if (!place || place.target.isConnected || !isWalking() || document.activeElement !== document.body) return;
  const lines = place.list.isConnected ? linesOf(place.list) : [];
  const controls = controlsOf(lines[Math.min(place.line, lines.length - 1)] || place.section);
  const wanted = lines.length && !controls[place.control]?.disabled ? controls[place.control] : null;
  (wanted || controls.find((one) => !one.disabled))?.focus();
}

export function keepFocus() {
  document.addEventListener("focusin", remember);
  new MutationObserver(goOn).observe(document.body, { childList: true, subtree: true });
}
