// The tool that measures a distance: a line that stays until the next one, in mm where the size of a pixel is known.

import { tab } from "./tab.js";
import { halo } from "./marks.js";

export function measuring({ props, redraw }) {
  let line = null;
  let isDrawing = false;

  function text([from, to]) {
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    if (!props.spacing) return `${Math.hypot(dx, dy).toFixed(0)} px`;
    return `${Math.hypot(dx * props.spacing[0], dy * props.spacing[1]).toFixed(1)} mm`;
  }

  function show() {
    tab.distance = line ? { text: text(line), pixels: Math.hypot(line[1][0] - line[0][0], line[1][1] - line[0][1]) } : null;
    redraw();
  }

  return {
    show, // the size of a pixel may be another one now
    down(event, pixel) {
      if (event.button !== 0 || event.shiftKey) return false;
      line = [pixel, pixel];
      isDrawing = true;
      show();
      return true;
    },
    move(_event, pixel) {
      if (!isDrawing) return false;
      line = [line[0], pixel];
      show();
      return true;
    },
    up() {
      const was = isDrawing;
      isDrawing = false;
      return was;
    },
    cancel() {
      return this.up();
    },
    leave() {
      tab.distance = null;
    },
    draw(pen, place) {
      if (!line) return;
      const [from, to] = line.map((pixel) => place.screen(pixel));
      pen.beginPath();
      pen.moveTo(...from);
      pen.lineTo(...to);
      halo(pen, "#ffe14d", 1.5);
      for (const end of [from, to]) {
        pen.beginPath();
        pen.arc(...end, 4, 0, 2 * Math.PI);
        halo(pen, "#ffe14d", 1.5);
      }
    },
  };
}
