// What belongs to this tab alone: its colours, what is open on it. Everything else is state of the server, which all
// tabs show.

import { cine, kept, latest, marks, play, run, scale, study, trigger, triggerOf } from "./link.js";
import { download, list, upload } from "./transfer.js";
import { shortcuts } from "./shortcuts.js";

const THEME = "rabsegment.theme";
const HASTE_MS = 800;
const ONLY_MARKS = /\.(zip|json|xml)$/i; // what is no cine; the server knows DICOM segmentations
const NARROW = 900; // pixels of the window; up to there the side panel lies over the frame (layout.css)
const systemTheme = window.matchMedia("(prefers-color-scheme: dark)");

function rememberedTheme() {
  try {
    return window.localStorage.getItem(THEME);
  } catch {
    return null; // a browser that keeps nothing
  }
}

export const tab = window.Vue.reactive({
  dark: rememberedTheme() ? rememberedTheme() === "dark" : systemTheme.matches,
  dialog: "",
  folder: { use: "cine", path: "", parent: null, entries: [], problem: "" }, // that is listed
  panel: "segment",
  confirm: null,
  renaming: "",
  upload: null,
  downloading: "",
  notice: "",
  width: "",
  height: "",
  ms: "",
  lineMm: "", // length of the line that was measured
  tip: "", // of the control under the mouse
  frameTip: "", // of the frame under the mouse
  side: window.innerWidth > NARROW,
  ventricle: false,
  distance: null,
  removes: false, // a click takes away from the segment
});

systemTheme.addEventListener("change", (event) => {
  if (!rememberedTheme()) tab.dark = event.matches;
});

export const scrub = latest((frame) => trigger("show_frame", frame));

// When this tab saw last that a run began; of one that went on already when the tab was opened it saw nothing.
let runningSince = -Infinity;
export function watchRuns() {
  let wasRunning;
  run.onChange("is_running", (isRunning) => {
    if (isRunning && wasRunning === false) runningSince = performance.now();
    wasRunning = isRunning;
  });
}

// What is asked and typed about a cine goes with it: in the next one the same numbers and ids mean other things.
export function watchCines() {
  cine.onChange("number", () => {
    Object.assign(tab, { confirm: null, renaming: "", lineMm: "" });
    if (tab.dialog === "scale") tab.dialog = "";
  });
}

const thisCine = () => ({ cine: cine.number });

let listings = 0; // of folders that were asked for

const recolor = latest(([of, segment, color]) => triggerOf(of, "recolor_segment", segment, color));

// How many pixels an arrow key moves a point, right and down; nothing for other keys. The key does nothing else then.
function wayOf(event) {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way || event.ctrlKey || event.altKey || event.metaKey) return null;
  event.preventDefault();
  event.stopPropagation();
  return way.map((step) => step * (event.shiftKey ? 5 : 1));
}

export const page = {
  scrub,
  shortcuts,
  download,
  // An upload takes its time: marks are of what was shown when it began, and what is at stake when it ends may be more.
  upload(files, use = "cine") {
    if (!files.length) return;
    const shown = [cine.number, cine.frame];
    if (use === "marks" || files.every((file) => ONLY_MARKS.test(file.name))) {
      return upload(files, (batch) => trigger("take_upload", batch, ...shown));
    }
    return page.replaceCine((stake) =>
      upload(files, (batch) => page.replaceCine(() => trigger("open_upload", batch, ...shown), stake)),
    );
  },
  recolor: (segment, color) => recolor([thisCine(), segment, String(color).slice(0, 7)]),

  toggleTheme() {
    tab.dark = !tab.dark;
    try {
      window.localStorage.setItem(THEME, tab.dark ? "dark" : "light");
    } catch {
      // It is as the system says again next time.
    }
  },

  // The two ends of a range have no names of their own.
  nameThumbs(root, titles) {
    root.querySelectorAll("[role=slider]").forEach((thumb, number) => thumb.setAttribute("aria-label", titles[number]));
  },

  // A point of the left ventricle by the arrow keys.
  nudge(event, one, number) {
    const way = wayOf(event);
    if (!way) return;
    if (cine.frame !== one.frame) trigger("show_frame", one.frame);
    // By how much, not where to: a key that is held comes again before the server has answered.
    trigger("nudge_landmark", one.frame, number, ...way);
  },

  // An end of the M-mode's line, likewise.
  nudgeLine(event, number) {
    const way = wayOf(event);
    if (way) trigger("nudge_line", number, ...way);
  },

  toggleSide() {
    tab.side = !tab.side;
  },

  turnPanel(key, hasStudy) {
    const panels = hasStudy ? ["study", "segment", "results"] : ["segment", "results"];
    const place = panels.indexOf(tab.panel) + (key === "ArrowLeft" ? -1 : 1);
    const panel = panels[(place + panels.length) % panels.length];
    if (panel === "results") page.showResults();
    else tab.panel = panel;
    window.Vue.nextTick(() => document.getElementById(`rab-tab-${tab.panel}`)?.focus());
  },

  // Another cine takes the place of the one that is open: ask first where work would be lost, unless just that was
  // agreed to already. `then` gets what is at stake.
  replaceCine(then, agreed = "") {
    tab.dialog = "";
    const isLost = marks.rows.length > 0 && kept.problem;
    const stake = cine.is_open && (isLost || run.is_running) ? `${cine.number} ${run.is_running && run.number} ${isLost}` : "";
    if (!stake || stake === agreed) return then(stake);
    const name = cine.name;
    return page.ask({
      title: "Open another cine?",
      text: isLost
        ? `${name} is closed then, and its marks and segmentation are lost. Download the scene first to keep them.`
        : `${name} is closed then, and its run ends. Its marks, and the frames that are done, are kept: open it again to continue.`,
      yes: "Open",
      run: () => then(stake),
    });
  },

  // The marks of a study's cine are in the study: only a run would be lost.
  openCine(name, ...values) {
    if (study.is_open) page.replaceCine(() => trigger(name, ...values));
  },

  open(name, ...values) {
    return page.replaceCine(() => trigger(name, ...values));
  },

  removeSegment(segment) {
    const of = thisCine();
    const remove = () => triggerOf(of, "remove_segment", segment.id);
    if (!segment.drawn) return remove();
    return page.ask({
      title: `Delete ${segment.name}?`,
      text: "It is deleted on every frame. Undo brings it back.",
      yes: "Delete",
      run: remove,
    });
  },

  // About the frame that is seen: of a cine that plays another one is shown by the time that the server hears of it.
  onFrame(name) {
    if (!play.is_on) return trigger(name);
    // Not at once: of two calls the client of trame may send the one with fewer arguments first.
    return trigger("show_frame", cine.frame).then(() => trigger(name));
  },

  // A press within moments of the last change of the button was meant for what it said before: the second click of a
  // double click, or a press in this tab while another one started the run.
  pressRun() {
    if (!run.is_running) trigger("segment_video");
    else if (performance.now() - runningSince > HASTE_MS) trigger("cancel_run", run.number);
  },

  showScale() {
    const { spacing, ms } = scale;
    [tab.width, tab.height] = spacing || ["", ""];
    tab.ms = ms ?? "";
    tab.dialog = "scale";
  },

  setSpacing() {
    if (Number(tab.width) > 0 && Number(tab.height) > 0) trigger("set_spacing", Number(tab.width), Number(tab.height));
  },

  // Pixels are taken for square: who knows otherwise sets width and height.
  setSpacingByLine() {
    const size = Number(tab.lineMm) / (tab.distance?.pixels || 0);
    if (size > 0 && Number.isFinite(size)) trigger("set_spacing", size, size);
  },

  setFrameTime() {
    if (Number(tab.ms) > 0) trigger("set_frame_time", Number(tab.ms));
  },

  ask(question) {
    tab.confirm = question;
  },

  answer(isYes) {
    const question = tab.confirm;
    tab.confirm = null;
    if (isYes) question.run();
  },

  rename(segment, name) {
    if (tab.renaming !== segment.id) return;
    tab.renaming = "";
    if (name.trim() && name !== segment.name) triggerOf(thisCine(), "rename_segment", segment.id, name);
  },

  showFolder(relative, use = "cine") {
    tab.dialog = "folder";
    page.listFolder(relative, use);
  },

  async listFolder(relative, use) {
    const number = (listings += 1);
    const found = await list(relative, use);
    if (number === listings) tab.folder = { use, ...found }; // and no other one was asked for meanwhile
  },

  // A line of the folder's list.
  choose(entry) {
    const { use } = tab.folder;
    if (entry.kind === "folder") return page.listFolder(entry.path, use);
    if (use !== "marks") return page.open("open_path", entry.path);
    tab.dialog = "";
    return trigger("take_path", entry.path);
  },

  chooseFiles(use = "cine") {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.addEventListener("change", () => page.upload([...input.files], use));
    input.click();
  },

  showResults() {
    tab.panel = "results";
    trigger("show_areas");
  },
};
