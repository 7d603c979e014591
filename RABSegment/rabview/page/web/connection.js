// Comes back with the server; while it is gone trame shows the template "error".

import { watchCines, watchRuns } from "./tab.js";

const RETRY_MS = 2000;
const NOT_OPEN = -32099; // of a call that the client of trame could not send

export function watchConnection() {
  // What is asked while the page comes or goes is not answered, and nobody waits for it any more.
  window.addEventListener("unhandledrejection", (event) => {
    if (event.reason?.code === NOT_OPEN) event.preventDefault();
  });
  window.trame.addConnectListener(() => {
    watchCines();
    watchRuns();
    window.trame.client.onConnectionClose(() => setTimeout(retry, RETRY_MS));
  });
}

async function retry() {
  try {
    const answer = await fetch("index.html", { cache: "no-store" });
    if (answer.ok) {
      window.location.reload();
      return;
    }
  } catch {
    // Not yet.
  }
  setTimeout(retry, RETRY_MS);
}
