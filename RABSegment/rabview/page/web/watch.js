// Tells when this tab is hidden, for the time at a frame stands while nobody looks at it.

import { trigger, watching } from "./link.js";

const PAUSE_MS = 300; // a tab that is closed is hidden first, and its server could not answer it any more
const AGAIN_MS = 20000; // the server forgets a tab that says nothing
const name = Math.random().toString(36).slice(2);
const tell = () => trigger("watch", name, !document.hidden);

export function watchTab() {
  window.trame.addConnectListener(() => {
    watching.onChange("calls", tell);
    tell();
  });
  document.addEventListener("visibilitychange", () => setTimeout(tell, PAUSE_MS));
  setInterval(() => document.hidden || tell(), AGAIN_MS);
}
