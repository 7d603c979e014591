// The outline of a mark as a smooth closed curve: drag its points, click on it for another point, right click or Ctrl
// and a click on a point removes it, and so does a finger that rests there. Where there is no mark yet, a drag draws the curve.
// Of several pieces the one that is nearest to the mouse has the points.

import { triggerOf } from "./link.js";
import { closedPath, halo } from "./marks.js";
import { curveThrough, distance, farthest, fewPoints } from "./curve.js";

const NEAR = 9; // pixels of the screen
const NEAR_FINGER = 20;
const LONG_MS = 600; // that a finger rests on a point which it removes
const STILL_PIXELS = 5;
const FEWEST = 3;
const SAME_PIXELS = 3; // of the frame, between a curve and the line that came of it

export function outlining({ props, about, facts, redraw, place }) {
  let points = []; // of the curve
  let source = ""; // what they were taken from
  let pieces = []; // of the segment: { number, line }
  let number = 0; // of the line that the points stand for
  let held = -1;
  let over = -1;
  let drawn = null;
  let began = [0, 0]; // where it was pressed
  let of = null; // what: cine, frame and segment
  let resting = 0;
  let sent = null; // points that the server has not painted yet

  const mine = () => facts().segments.find((one) => one.id === props.segment);

  function show() {
    if (held >= 0 || drawn) return;
    const lines = mine()?.lines || [];
    const now = JSON.stringify([facts().frame, props.segment, lines]);
    if (now === source) return;
    source = now;
    pieces = outer(lines.map(pairs));
    const painted = sent && facts().strokes > sent.strokes ? sent : null;
    const isOurs = painted && painted.frame === facts().frame && painted.segment === props.segment;
    take(isOurs ? leastOf(pieces, ({ line }) => distance(middle(line), middle(painted.points))) : pieces[0]);
    // What comes of points that were moved is those points, not others on the same line: unless it met another piece.
    const line = pieces.find((one) => one.number === number)?.line;
    if (isOurs && line && farthest(line, curveThrough(painted.points)) <= SAME_PIXELS) points = painted.points;
    if (painted) sent = null;
  }

  function take(piece) {
    number = piece?.number ?? 0;
    points = piece ? fewPoints(piece.line) : [];
  }

  // The piece that is meant by a place from which no point of the one before is in reach.
  function turnTo(pixel) {
    const at = screen(pixel);
    const nearest = leastOf(pieces, ({ line }) => Math.min(...line.map((one) => distance(at, screen(one)))));
    if (nearest && nearest.number !== number) take(nearest);
  }

  const screen = (one) => place().screen(one);
  const reach = (event) => (event.pointerType === "touch" ? NEAR_FINGER : NEAR);
  const nearest = (pixel, most) => {
    const at = screen(pixel);
    const far = points.map((one) => distance(at, screen(one)));
    const least = far.indexOf(Math.min(...far));
    return least >= 0 && far[least] <= most ? least : -1;
  };

  function remove(number) {
    if (points.length <= FEWEST) return;
    points.splice(number, 1);
    send();
  }

  // A finger that rests on a point.
  function rest(number) {
    clearTimeout(resting);
    resting = setTimeout(() => {
      held = -1;
      remove(number);
      redraw();
    }, LONG_MS);
  }

  function send(line = curveThrough(points)) {
    if (line.length < FEWEST) return;
    sent = { points: [...points], frame: of.frame, segment: of.segment, strokes: facts().strokes };
    triggerOf(of, "reshape", of.frame, number, line);
  }

  // A point on the curve where it is clicked; -1 where the curve is not.
  function insert(pixel, most) {
    const curve = curveThrough(points);
    const at = screen(pixel);
    const far = curve.map((one) => distance(at, screen(one)));
    const least = far.indexOf(Math.min(...far));
    if (least < 0 || far[least] > most) return -1;
    const after = Math.floor(least / (curve.length / points.length)) + 1;
    points.splice(after, 0, pixel);
    return after;
  }

  return {
    get hides() {
      return points.length ? props.segment : "";
    },
    show,
    down(event, pixel) {
      if (![0, 2].includes(event.button) || event.shiftKey || !props.segment) return false;
      if (nearest(pixel, reach(event)) < 0) turnTo(pixel);
      const near = nearest(pixel, reach(event));
      of = about();
      if (event.button === 2 || event.ctrlKey || event.metaKey) {
        if (near >= 0) remove(near);
        return true;
      }
      began = pixel;
      if (near >= 0 && event.pointerType === "touch") rest(near);
      held = near >= 0 ? near : insert(pixel, reach(event));
      if (held < 0 && !points.length) drawn = [pixel];
      return true;
    },
    move(event, pixel) {
      if (held >= 0 && distance(screen(began), screen(pixel)) > STILL_PIXELS) clearTimeout(resting);
      if (drawn) drawn.push(pixel);
      else if (held >= 0) points[held] = pixel;
      else if (!event.buttons) {
        if (nearest(pixel, reach(event)) < 0) turnTo(pixel);
        over = nearest(pixel, reach(event));
      }
      return Boolean(drawn) || held >= 0;
    },
    up() {
      clearTimeout(resting);
      const was = drawn || held >= 0;
      if (drawn && drawn.length > FEWEST) {
        points = fewPoints(drawn, 1.5);
        send();
      } else if (held >= 0) send();
      drawn = null;
      held = -1;
      return Boolean(was);
    },
    cancel() {
      clearTimeout(resting);
      const was = drawn || held >= 0;
      drawn = null;
      held = -1;
      if (was) source = ""; // the points as they were
      show();
      return Boolean(was);
    },
    out() {
      over = -1;
    },
    draw(pen, at) {
      const line = drawn || (points.length ? curveThrough(points) : []);
      if (!line.length) return;
      pen.save();
      for (const other of (mine()?.lines || []).filter((_, index) => index !== number)) {
        pen.beginPath();
        closedPath(pen, at, other);
        halo(pen, props.color);
      }
      pen.beginPath();
      line.map((one) => at.screen(one)).forEach(([x, y], index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      if (!drawn) pen.closePath();
      halo(pen, props.color);
      points.forEach((one, index) => {
        pen.beginPath();
        pen.arc(...at.screen(one), index === held || index === over ? 6 : 4, 0, 2 * Math.PI);
        pen.fillStyle = "#ffffff";
        pen.fill();
        halo(pen, props.color, 1.5);
      });
      pen.restore();
    },
  };
}

// Lines that go round pieces, not round holes in them.
function outer(lines) {
  const isIn = ([x, y], line) =>
    line.reduce((is, [x0, y0], at) => {
      const [x1, y1] = line[(at + 1) % line.length];
      return y0 > y !== y1 > y && x < x0 + ((y - y0) * (x1 - x0)) / (y1 - y0) ? !is : is;
    }, false);
  const depth = (line) => lines.filter((other) => other !== line && isIn(line[0], other)).length;
  return lines.map((line, number) => ({ number, line })).filter(({ line }) => depth(line) % 2 === 0);
}

const middle = (line) => [0, 1].map((i) => line.reduce((sum, one) => sum + one[i], 0) / line.length);

function leastOf(all, size) {
  const sizes = all.map(size);
  return all[sizes.indexOf(Math.min(...sizes))];
}

function pairs(flat) {
  return Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at], flat[2 * at + 1]]);
}
