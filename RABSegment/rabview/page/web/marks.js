// What is drawn over the picture: lines round the segments, their names, and the line of the nearest marked frame.

const LINE = 2;
const NAME_GAP = 12; // pixels of the screen between a small segment and the middle of its name

// flat: [column, row, column, ...]
export function closedPath(pen, place, flat) {
  for (let at = 0; at < flat.length; at += 2) {
    const [x, y] = place.screen([flat[at], flat[at + 1]]);
    at ? pen.lineTo(x, y) : pen.moveTo(x, y);
  }
  pen.closePath();
}

// Through the middles between places on the screen: a mouse that is asked now and then draws no corners.
export function smoothLine(pen, points) {
  points.forEach(([x, y], number) => {
    if (!number) return pen.moveTo(x, y);
    const [beforeX, beforeY] = points[number - 1];
    return pen.quadraticCurveTo(beforeX, beforeY, (beforeX + x) / 2, (beforeY + y) / 2);
  });
  if (points.length > 1) pen.lineTo(...points[points.length - 1]);
}

export function halo(pen, color, width = LINE) {
  pen.lineJoin = "round";
  pen.lineWidth = width + 1.5;
  pen.strokeStyle = "rgba(0, 0, 0, 0.55)";
  pen.stroke();
  pen.lineWidth = width;
  pen.strokeStyle = color;
  pen.stroke();
}

// hidden: id of a segment whose line a tool draws itself.
export function drawMarks(pen, place, facts, hidden) {
  pen.save();
  for (const flat of facts.ghost) {
    pen.beginPath();
    closedPath(pen, place, flat);
    pen.setLineDash([6, 5]);
    halo(pen, "#ffffff", 1.5);
    pen.setLineDash([]);
  }
  for (const segment of facts.segments) {
    pen.beginPath();
    for (const flat of segment.lines) closedPath(pen, place, flat);
    pen.globalAlpha = facts.fill;
    pen.fillStyle = segment.color;
    pen.fill("evenodd"); // lines round holes are among them
    pen.globalAlpha = 1;
    if (segment.id === hidden) continue;
    halo(pen, segment.color);
  }
  if (facts.names) facts.segments.filter((one) => one.lines.length).forEach((one) => drawName(pen, place, one));
  pen.restore();
}

// Whether the name covers but a part of the segment: that of a small one stands above it.
function fits(pen, place, segment) {
  const columns = segment.lines.flatMap((flat) => flat.filter((_, at) => at % 2 === 0));
  const wide = columns.reduce((most, one) => Math.max(most, one), -Infinity) - columns.reduce((least, one) => Math.min(least, one), Infinity);
  return pen.measureText(segment.name).width < wide * place.across;
}

function top(place, segment) {
  const rows = segment.lines.flatMap((flat) => flat.filter((_, at) => at % 2 === 1));
  const first = rows.reduce((least, one) => Math.min(least, one), Infinity);
  return Math.max(place.screen([0, first])[1], 2 * NAME_GAP);
}

function drawName(pen, place, segment) {
  const [x, middle] = place.screen(segment.at);
  pen.font = "500 13px Roboto, system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const y = fits(pen, place, segment) ? middle : top(place, segment) - NAME_GAP;
  pen.lineJoin = "round";
  pen.lineWidth = 3;
  pen.strokeStyle = "rgba(0, 0, 0, 0.8)";
  pen.strokeText(segment.name, x, y);
  pen.fillStyle = "#ffffff";
  pen.fillText(segment.name, x, y);
}
