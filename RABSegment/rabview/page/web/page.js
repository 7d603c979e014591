// The parts of the page that follow the mouse and the keyboard in the browser itself; trame loads this file and uses
// what it puts into window.rabview.

import { tab, page } from "./tab.js";
import { AreaPlot } from "./plot.js";
import { AreaTable } from "./table.js";
import { DropZone } from "./transfer.js";
import { FrameTimeline } from "./timeline.js";
import { SliceStage } from "./stage.js";
import { sendInOrder } from "./link.js";
import { watchConnection } from "./connection.js";
import { warmPrompts } from "./prompts.js";
import { watchTab } from "./watch.js";
import { listenToKeys } from "./shortcuts.js";
import { keepFocus } from "./focus.js";

window.rabview = {
  install(app) {
    app.config.globalProperties.tab = tab;
    app.config.globalProperties.page = page;
    app.component("rab-stage", SliceStage);
    app.component("rab-timeline", FrameTimeline);
    app.component("rab-plot", AreaPlot);
    app.component("rab-table", AreaTable);
    app.component("rab-drop", DropZone);
    // The template of trame forbids to enlarge the page.
    document.querySelector("meta[name=viewport]")?.setAttribute("content", "width=device-width,initial-scale=1");
    sendInOrder();
    listenToKeys();
    keepFocus();
    watchConnection();
    watchTab();
    warmPrompts();
  },
};
