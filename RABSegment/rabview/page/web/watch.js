// Tells when this tab is hidden or left, for the time at a frame stands while nobody looks at it.

import { trigger } from "./link.js";

const name = Math.random().toString(36).slice(2);
const tell = (isSeen) => trigger("watch", name, isSeen);

export function watchTab() {
  window.trame.addConnectListener(() => tell(!document.hidden));
  document.addEventListener("visibilitychange", () => tell(!document.hidden));
  window.addEventListener("pagehide", () => tell(false));
  window.addEventListener("pageshow", (event) => event.persisted && tell(true));
}
