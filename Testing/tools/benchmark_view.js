// Notes when pictures and strokes become visible in the page of the browser front end; see benchmark_view.py.

() => {
  const picture = document.querySelector("[data-testid=picture]");
  const sketch = document.querySelector(".rab-sketch");
  const small = new OffscreenCanvas(40, 30).getContext("2d", { willReadFrequently: true });
  const painted = new MessageChannel();
  const bench = { pictures: [], moves: [], ends: [], waiting: [], last: null };
  window.bench = bench;

  function content() {
    small.drawImage(picture, 0, 0, 40, 30);
    return small.getImageData(0, 0, 40, 30).data.reduce((sum, value) => (31 * sum + value) % 4294967291, 7);
  }
  function colorAt(canvas, [x, y]) {
    const area = canvas.getBoundingClientRect();
    const across = Math.round(((x - area.left) / area.width) * canvas.width);
    const down = Math.round(((y - area.top) / area.height) * canvas.height);
    return canvas.getContext("2d").getImageData(across, down, 1, 1).data;
  }
  const isDrawn = (place) => colorAt(sketch, place)[3] > 0;

  const early = { capture: true };
  window.addEventListener("pointermove", (event) => {
    const place = [event.clientX, event.clientY];
    if (event.buttons === 1 && event.target.closest("[data-testid=view]") && !isDrawn(place)) {
      bench.waiting.push({ list: bench.moves, began: event.timeStamp, isThere: () => isDrawn(place) });
    }
  }, early);
  // Called just before the button is let go: the page keeps that event to itself. The page draws segments as the server
  // says that they are, which tells how many strokes are in them.
  bench.end = (...place) => {
    const strokes = () => Number(picture.dataset.strokes);
    const before = strokes();
    const isPainted = () => strokes() > before && isDrawn(place);
    bench.waiting.push({ list: bench.ends, began: performance.now(), isThere: isPainted });
  };
  painted.port1.onmessage = ({ data }) => {
    const now = performance.now();
    for (const one of bench.waiting.filter((one) => one.seen === data)) one.list.push(now - one.began);
    bench.waiting = bench.waiting.filter((one) => one.seen !== data);
  };
  let turn = 0;
  function look(now) {
    turn += 1;
    if (picture.dataset.frame !== bench.last?.frame) {
      const seen = content();
      if (seen !== bench.last?.seen) bench.pictures.push({ time: now, frame: Number(picture.dataset.frame) });
      bench.last = { frame: picture.dataset.frame, seen };
    }
    for (const one of bench.waiting) if (one.seen === undefined && one.isThere()) one.seen = turn;
    painted.port2.postMessage(turn); // is delivered after this paint
    requestAnimationFrame(look);
  }
  requestAnimationFrame(look);
}
