// The keys of the page.

import { page, tab } from "./tab.js";
import { cine, looks, segments, tools, trigger } from "./link.js";

const LAST = 10 ** 6; // no cine has so many frames: the nearest is its last one
const FREE = ["view", "measure"]; // tools that need no segment
const toggle = (name) => () => cine.is_open && (looks[name] = !looks[name]);
// What there is to undo, to verify, to paint or to segment the server knows: what the page says of it is of a moment ago,
// and a key that comes right after a stroke or a step would be lost. So it is asked, and does nothing where there is nothing.
const setTool = (tool) => () => {
  if (cine.is_open && (FREE.includes(tool) || segments.chosen)) tools.tool = tool; // without waiting for an answer
  else trigger("take_tool", tool);
};
const redo = () => trigger("redo_edit");
const onFrame = (name) => () => page.onFrame(name);

// [key as the browser names it, with Ctrl, what it does]
const KEYS = [
  ["ArrowLeft", false, () => trigger("step", -1)],
  ["ArrowRight", false, () => trigger("step", 1)],
  ["Home", false, () => page.scrub(0)],
  ["End", false, () => page.scrub(LAST)],
  ["PageUp", false, () => trigger("show_mark", -1)],
  ["PageDown", false, () => trigger("show_mark", 1)],
  [" ", false, () => trigger("play")],
  ["m", false, setTool("measure")],
  ["b", false, () => trigger("brighten")],
  ["0", false, () => trigger("actual_size")],
  ["o", false, toggle("is_outline_only")],
  ["l", false, toggle("are_names_shown")],
  ["g", false, toggle("is_ghost_shown")],
  ["\\", false, () => page.toggleSide()],
  ["v", false, setTool("view")],
  ["Escape", false, setTool("view")],
  ["q", false, setTool("prompt")],
  ["w", false, setTool("outline")],
  ["x", false, () => (tab.removes = !tab.removes)],
  ["c", false, onFrame("copy_to_next")],
  ["1", false, setTool("paint")],
  ["p", false, setTool("paint")],
  ["e", false, setTool("erase")],
  ["d", false, setTool("draw")],
  ["s", false, setTool("scissors")],
  ["t", false, setTool("threshold")],
  ["[", false, () => trigger("scale_brush", -1)],
  ["]", false, () => trigger("scale_brush", 1)],
  ["z", true, (event) => (event.shiftKey ? redo() : trigger("undo_edit"))],
  ["y", true, () => redo()],
  ["f", false, () => trigger("fit")],
  ["h", false, () => trigger("toggle_all")],
  ["n", false, () => trigger("next")],
  ["Enter", false, onFrame("verify")],
  ["y", false, onFrame("verify")],
  ["a", false, onFrame("mark_absent")],
  ["Enter", true, () => page.pressRun()],
  ["j", false, () => page.openCine("next_cine")],
  [",", false, () => page.openCine("step_cine", -1)],
  [".", false, () => page.openCine("step_cine", 1)],
  ["r", false, () => trigger("check_cine")],
  ["?", false, () => (tab.dialog = "help")],
];

// For the help dialog.
export const shortcuts = [
  {
    title: "Go through the cine",
    keys: [
      [["←", "→"], "Frame before, frame after"],
      [["Wheel"], "The same, over the picture"],
      [["Home", "End"], "First frame, last frame"],
      [["Page ↑", "Page ↓"], "Marked frame before, after"],
      [["Space"], "Play, stop"],
    ],
  },
  {
    title: "Look",
    keys: [
      [["V", "Esc"], "View: brightness, contrast"],
      [["Right drag", "Ctrl + wheel"], "Zoom"],
      [["Middle drag", "Shift + drag"], "Move the picture"],
      [["F", "Double click"], "Fit the frame"],
      [["0"], "One pixel of the screen for each pixel"],
      [["B"], "Brightness that suits this frame"],
      [["M"], "Measure a distance"],
      [["H"], "Hide the segments, show them"],
      [["O", "L"], "Outline only, names"],
      [["G"], "Outline of the nearest mark"],
      [["\\"], "Hide the side panel, show it"],
    ],
  },
  {
    title: "Mark",
    keys: [
      [["Q"], "Mark by clicks"],
      [["Click", "Drag"], "Q: this is in it"],
      [["Ctrl", "Right click", "X"], "Q: this is not"],
      [["Shift + drag"], "Q: a box round it"],
      [["W"], "Outline with points"],
      [["C"], "Copy to next frame"],
      [["P", "1"], "Paint"],
      [["E"], "Erase"],
      [["D"], "Draw around a region"],
      [["S"], "Scissors"],
      [["T"], "Threshold"],
      [["[", "]"], "Brush smaller, larger"],
      [["Shift + wheel"], "The same, over the picture"],
      [["Ctrl + Z"], "Undo: strokes, marks, segments, runs, points, line"],
      [["Ctrl + Y", "Ctrl + Shift + Z"], "Redo it"],
    ],
  },
  {
    title: "Segment and check",
    keys: [
      [["Ctrl + Enter"], "Segment video, cancel"],
      [["N"], "Next frame to check"],
      [["Enter", "Y"], "Verify the frame"],
      [["A"], "The segment is absent here"],
      [["?"], "These keys"],
    ],
  },
  {
    title: "Study",
    keys: [
      [["J"], "Next cine to check"],
      [[",", "."], "Cine before, after in the list"],
      [["R"], "The whole cine is right"],
    ],
  },
];

const FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable=false]), [role=textbox]";
// What has arrows of its own; the slider of the frames is for the same keys as everywhere.
const WITH_ARROWS = ".v-slider-thumb, .rab-tab, [role=radiogroup]";
const isMac = /^Mac/.test(navigator.platform);
const MOVABLE = ".rab-landmark-points button"; // a point that was chosen goes with the arrows
const PRESSED = "button, a, [role=button], [role=tab], [role=option], [role=listbox], [role=combobox], [role=menuitem]";

function isTyping(target) {
  return target instanceof Element && target.closest(FIELDS);
}

// Who walks through the page with Tab presses buttons with Space and Enter; for the others these are shortcuts, even
// while the button that the mouse pressed last has the focus.
let walks = false;
export const isWalking = () => walks;

function onKey(event) {
  if (event.key === "Tab") walks = true;
  if (event.isComposing || isTyping(event.target) || event.altKey || (event.metaKey && !isMac)) return;
  const withControl = event.ctrlKey || event.metaKey; // Command, on a Mac
  const isMove = /^(Arrow|Home|End|Page)/.test(event.key);
  if (isMove && event.target instanceof Element && event.target.closest(MOVABLE)) return;
  if (isMove && walks && event.target instanceof Element && event.target.closest(WITH_ARROWS)) return;
  if (tab.dialog || tab.confirm || document.querySelector(".v-menu.v-overlay--active, .v-dialog.v-overlay--active")) return;
  const isPress = event.key === " " || (event.key === "Enter" && !withControl);
  if (isPress && walks && event.target instanceof Element && event.target.closest(PRESSED)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key; // with Caps Lock too
  const found = KEYS.find(([name, withCtrl]) => name === key && withCtrl === withControl);
  if (!found) return;
  event.preventDefault();
  event.stopPropagation();
  found[2](event);
}

export function listenToKeys() {
  window.addEventListener("keydown", onKey, { capture: true });
  // A button is pressed when Space comes up.
  window.addEventListener("keyup", (event) => event.key === " " && !walks && !isTyping(event.target) && event.preventDefault(), { capture: true });
  window.addEventListener("pointerdown", () => (walks = false), { capture: true });
}
