// Says that the server is gone, and comes back with it.

import { tab } from "./tab.js";

const RETRY_MS = 2000;

export function watchConnection() {
  window.trame.addConnectListener(() => {
    tab.isConnected = true;
    window.trame.client.onConnectionClose(() => {
      tab.isConnected = false;
      setTimeout(retry, RETRY_MS);
    });
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
