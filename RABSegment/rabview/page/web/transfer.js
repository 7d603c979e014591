// Files to the server and from it.

import { page, tab } from "./tab.js";
import { fileState } from "./link.js";

const BATCH_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
const MEGABYTE = 1024 * 1024;

function newBatch() {
  const values = window.crypto.getRandomValues(new Uint8Array(16));
  return [...values].map((value) => BATCH_LETTERS[value % BATCH_LETTERS.length]).join("");
}

// `then` gets the name of what was uploaded.
export async function upload(files, then) {
  if (tab.upload) return;
  const limit = fileState.upload_limit_mb || Infinity;
  const total = files.reduce((sum, file) => sum + file.size, 0);
  if (total > limit * MEGABYTE) {
    tab.notice = `These files have ${Math.ceil(total / MEGABYTE)} MB, and at most ${limit} MB can be uploaded. Open them from the folder of the server instead.`;
    return;
  }
  const batch = newBatch();
  tab.upload = { name: files.length === 1 ? files[0].name : `${files.length} files`, share: 0 };
  let sent = 0;
  try {
    for (const file of files) {
      await send(batch, file, (loaded) => (tab.upload.share = (sent + loaded) / Math.max(total, 1)));
      sent += file.size;
    }
    tab.upload = null;
    then(batch);
  } catch (error) {
    tab.notice = error.message;
  } finally {
    tab.upload = null;
  }
}

function send(batch, file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `upload/${batch}?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("X-RABSegment", "1");
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded));
    request.addEventListener("load", () => {
      if (request.status === 200) resolve();
      else reject(new Error(messageOf(request.responseText) || `${file.name} was not uploaded.`));
    });
    request.addEventListener("error", () => reject(new Error(`${file.name} was not uploaded: the server cannot be reached.`)));
    request.send(file);
  });
}

function messageOf(text) {
  try {
    return JSON.parse(text).message || "";
  } catch {
    return "";
  }
}

export async function download(kind) {
  if (tab.downloading) return;
  tab.downloading = kind;
  try {
    const answer = await fetch(`download/${kind}`, { cache: "no-store" });
    if (!answer.ok) throw new Error(messageOf(await answer.text()) || "The download failed.");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = nameOf(answer) || kind;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  } catch (error) {
    tab.notice = error instanceof TypeError ? "The server cannot be reached." : error.message;
  } finally {
    tab.downloading = "";
  }
}

// What can be opened in a folder of the server; `use` is "cine" or "marks".
export async function list(path, use) {
  const nothing = { path: "", parent: null, entries: [] };
  try {
    const answer = await fetch(`folder?${new URLSearchParams({ path, use })}`, { cache: "no-store" });
    if (answer.ok) return await answer.json();
    return { ...nothing, problem: messageOf(await answer.text()) || "The folder cannot be listed." };
  } catch {
    return { ...nothing, problem: "The server cannot be reached." };
  }
}

function nameOf(answer) {
  const header = answer.headers.get("Content-Disposition") || "";
  const coded = /filename\*=UTF-8''([^;]+)/i.exec(header);
  if (coded) return decodeURIComponent(coded[1]);
  return (/filename="([^"]+)"/.exec(header) || [])[1];
}

// What file managers leave in folders.
const isHidden = (name) => name.startsWith(".") || /^(thumbs\.db|desktop\.ini)$/i.test(name);

// All files of what was dropped, those in folders too.
async function filesOf(transfer) {
  const files = await allFilesOf(transfer);
  const useful = files.filter((file) => !isHidden(file.name));
  return useful.length ? useful : files;
}

async function allFilesOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  return (await Promise.all(entries.map(filesBelow))).flat();
}

async function filesBelow(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    found.push(...(await Promise.all(some.map(filesBelow))).flat());
  }
  return found;
}

// The whole page takes files.
export const DropZone = {
  setup() {
    const { ref, onMounted, onBeforeUnmount } = window.Vue;
    const isOver = ref(false);
    let depth = 0;
    const hasFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
    const listeners = {
      dragenter(event) {
        if (!hasFiles(event)) return;
        depth += 1;
        isOver.value = true;
      },
      dragover(event) {
        if (hasFiles(event)) event.preventDefault();
      },
      dragleave(event) {
        if (!hasFiles(event)) return;
        depth = Math.max(depth - 1, 0);
        isOver.value = depth > 0;
      },
      async drop(event) {
        if (!hasFiles(event)) return;
        event.preventDefault();
        depth = 0;
        isOver.value = false;
        page.upload(await filesOf(event.dataTransfer));
      },
    };
    onMounted(() => Object.entries(listeners).forEach(([name, call]) => window.addEventListener(name, call)));
    onBeforeUnmount(() => Object.entries(listeners).forEach(([name, call]) => window.removeEventListener(name, call)));
    return { isOver };
  },
  template: `
    <div v-if="isOver" class="rab-drop" data-testid="drop-zone">
      <div class="rab-drop-card">
        <v-icon icon="mdi-tray-arrow-down" size="48" />
        <div class="rab-title">Drop to open</div>
        <div class="rab-note">DICOM, video, .seq.nrrd, or a folder of images; marks of the open cine as ZIP of a set or DICOM segmentation</div>
      </div>
    </div>`,
};
