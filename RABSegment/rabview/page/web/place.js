// Where pixels of the frame are on the screen.

export class Place {
  // area: of the view on the screen; facts: what the server said of the picture.
  constructor(area, facts) {
    const size = Math.min(area.width / facts.w, area.height / facts.h);
    const [left, top, across, down] = facts.place;
    this.x = area.width / 2 + size * (left - facts.w / 2);
    this.y = area.height / 2 + size * (top - facts.h / 2);
    this.across = size * across || 1;
    this.down = size * down || 1;
  }

  // Of a pixel (column, row), whose middle has whole numbers.
  screen([column, row]) {
    return [this.x + column * this.across, this.y + row * this.down];
  }

  pixel([x, y]) {
    return [(x - this.x) / this.across, (y - this.y) / this.down];
  }
}
