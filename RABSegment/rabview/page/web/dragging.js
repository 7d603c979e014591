// Points over the frame that are dragged with the mouse or a finger, whatever the tool.

import { latest } from "./link.js";
import { distance } from "./curve.js";
import { halo } from "./marks.js";

const NEAR = 10; // pixels of the screen
const NEAR_FINGER = 24;

// `group` gives { key, points } of what is shown now, or nothing; `move` asks the server to put one elsewhere; `draw`
// draws what lies between them.
export function dragging({ facts, group, move, color, titles, draw, redraw, place }) {
  let held = null; // { cine, key, number, pixel } of the point that is dragged, until the server has put it there
  let isDown = false;
  let over = -1;

  let settled = null; // what the server has answered of it
  const send = latest(async (moved) => {
    await move(moved, moved.key, moved.number, moved.pixel);
    settled = moved;
    if (!isDown && held === settled) held = null;
    redraw();
  });

  function points() {
    const mine = group();
    return mine ? mine.points.map((point, number) => (held && held.key === mine.key && held.number === number ? held.pixel : point)) : [];
  }

  function nearest(event, pixel) {
    const at = place().screen(pixel);
    const far = points().map((one) => distance(at, place().screen(one)));
    const least = far.indexOf(Math.min(...far));
    return least >= 0 && far[least] <= (event.pointerType === "touch" ? NEAR_FINGER : NEAR) ? least : -1;
  }

  function up() {
    const was = isDown;
    isDown = false;
    if (was && held === settled) held = null;
    return was;
  }

  function drawPoint(pen, point, number) {
    const isHeld = number === over || (isDown && held.number === number);
    pen.beginPath();
    pen.arc(...point, isHeld ? 7 : 5, 0, 2 * Math.PI);
    pen.fillStyle = "rgba(0, 0, 0, 0.35)";
    pen.fill();
    halo(pen, color, 2);
    if (isHeld) label(pen, point, titles()[number], color);
  }

  return {
    get count() {
      return points().length;
    },
    down(event, pixel) {
      if (event.button !== 0 || event.shiftKey || event.ctrlKey) return false;
      const number = nearest(event, pixel);
      if (number < 0) return false;
      held = settled = { cine: facts().cine, key: group().key, number, pixel: points()[number] };
      isDown = true;
      return true;
    },
    move(event, pixel) {
      if (!isDown) {
        over = nearest(event, pixel);
        return false;
      }
      held = { ...held, pixel };
      send(held);
      return true;
    },
    up,
    cancel: up,
    out() {
      over = -1;
    },
    draw(pen, at) {
      const shown = points().map((pixel) => at.screen(pixel));
      if (!shown.length) return;
      pen.save();
      draw(pen, shown, color);
      shown.forEach((point, number) => drawPoint(pen, point, number));
      pen.restore();
    },
  };
}

function label(pen, [x, y], text, color) {
  pen.font = "500 12px Roboto, system-ui, sans-serif";
  pen.lineWidth = 3;
  pen.strokeStyle = "rgba(0, 0, 0, 0.8)";
  pen.strokeText(text, x + 11, y + 4);
  pen.fillStyle = color;
  pen.fillText(text, x + 11, y + 4);
}
