// What is drawn over the picture: lines round the segments, their names, and the line of the nearest marked frame.

const LINE = 2;

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

// hidden: id of a segment that a tool draws itself.
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
    if (segment.id === hidden) continue;
    pen.beginPath();
    for (const flat of segment.lines) closedPath(pen, place, flat);
    halo(pen, segment.color);
  }
  if (facts.names) facts.segments.filter((one) => one.lines.length).forEach((one) => drawName(pen, place, one));
  pen.restore();
}

function drawName(pen, place, segment) {
  const [x, y] = place.screen(segment.at);
  pen.font = "500 13px Roboto, system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 3;
  pen.strokeStyle = "rgba(0, 0, 0, 0.8)";
  pen.strokeText(segment.name, x, y);
  pen.fillStyle = "#ffffff";
  pen.fillText(segment.name, x, y);
}
