// Comes back with the server; while it is gone trame shows the template "error".

import { watchRuns } from "./tab.js";

const RETRY_MS = 2000;

export function watchConnection() {
  window.trame.addConnectListener(() => {
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
