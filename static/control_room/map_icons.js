/** Symbols drawn on a canvas for the map: state by shape, so that they read without colour. */
const SIZE = { transformer: 26, forward: 14, backward: 14, station: 14, alarm: 32, switch: 13, off: 25 };
const SHAPES = {
  1: "M3.5 3.5h17v17h-17z", 2: "M12 2.5 22 21H2z", 3: "M12 21.5 2 3h20z", 4: "M12 1.5 22.5 12 12 22.5 1.5 12z",
};
const MIDDLE = { 1: 12, 2: 14.8, 3: 9.2, 4: 12 };
const DIGIT_Y = { 1: 16, 2: 18.5, 3: 13, 4: 16 };

function drawing(size, ratio, paint) {
  const canvas = new OffscreenCanvas(Math.round(size * ratio), Math.round(size * ratio));
  const context = canvas.getContext("2d");
  context.scale(canvas.width / size, canvas.height / size);
  paint(context, size);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function square(c, position, offNormal) {
  return (g, size) => {
    const half = 4;
    const mid = size / 2;
    if (offNormal) {
      g.strokeStyle = c.text;
      g.lineWidth = 1.5;
      g.strokeRect(2.5, 2.5, size - 5, size - 5);
    }
    g.fillStyle = position === 1 ? c.text : c.bg;
    g.strokeStyle = c.text;
    g.lineWidth = 1.5;
    g.fillRect(mid - half, mid - half, 2 * half, 2 * half);
    g.strokeRect(mid - half, mid - half, 2 * half, 2 * half);
    if (position < 2) return;
    g.beginPath();
    g.moveTo(mid - half, mid + half);
    g.lineTo(mid + half, mid - half);
    if (position === 3) { g.moveTo(mid - half, mid - half); g.lineTo(mid + half, mid + half); }
    g.stroke();
  };
}

function transformer(c) {
  return (g, size) => {
    g.lineWidth = 1.75;
    g.strokeStyle = c.text;
    g.fillStyle = c.bg;
    for (const fill of [true, false]) {
      for (const y of [size * 0.36, size * 0.64]) {
        g.beginPath();
        g.arc(size / 2, y, size * 0.23, 0, 7);
        if (fill) g.fill(); else g.stroke();
      }
    }
  };
}

function arrow(c, direction) {
  return (g, size) => {
    const m = size / 2;
    g.fillStyle = c.text;
    g.beginPath();
    g.moveTo(m + direction * 5, m);
    g.lineTo(m - direction * 4, m - 4);
    g.lineTo(m - direction * 4, m + 4);
    g.fill();
  };
}

function station(c) {
  return (g, size) => {
    g.fillStyle = c.text;
    g.fillRect(1, 1, size - 2, size - 2);
    g.fillStyle = c.bg;
    g.fillRect(3, size / 2 - 1, size - 6, 2);
  };
}

export function alarmIcon(c, priority, state) {
  return (g, size) => {
    const shape = new Path2D(SHAPES[priority]);
    const colour = c[`p${priority}`];
    g.translate(size / 2, size / 2);
    g.scale(size / 34, size / 34);
    g.lineJoin = "round";
    if (state === "unacknowledged") {
      g.save();
      g.translate(0, MIDDLE[priority] - 12);
      g.scale(1.45, 1.45);
      g.translate(-12, -MIDDLE[priority]);
      g.lineWidth = 3;
      g.strokeStyle = c.bg;
      g.stroke(shape);
      g.lineWidth = 1.1;
      g.strokeStyle = colour;
      g.stroke(shape);
      g.restore();
    }
    g.translate(-12, -12);
    g.fillStyle = state === "returned" ? c.bg : colour;
    g.strokeStyle = colour;
    g.lineWidth = 1.75;
    g.fill(shape);
    g.stroke(shape);
    g.fillStyle = state === "returned" ? colour : c.bg;
    g.font = "700 11px sans-serif";
    g.textAlign = "center";
    g.fillText(String(priority), 12, DIGIT_Y[priority]);
  };
}

/** Every image of the map by name: [name, ImageData]. */
export function icons(c, ratio) {
  const make = (name, size, paint) => [name, drawing(size * c.rem, ratio, (g) => { g.scale(c.rem, c.rem); paint(g, size); })];
  const all = [
    make("transformer", SIZE.transformer, transformer(c)),
    make("forward", SIZE.forward, arrow(c, 1)),
    make("backward", SIZE.backward, arrow(c, -1)),
    make("station", SIZE.station, station(c)),
  ];
  for (const position of [0, 1, 2, 3]) {
    all.push(make(`switch-${position}`, SIZE.switch, square(c, position, false)));
    all.push(make(`switch-off-${position}`, SIZE.off, square(c, position, true)));
  }
  for (const priority of [1, 2, 3, 4]) {
    for (const state of ["unacknowledged", "acknowledged", "returned"]) {
      all.push(make(`alarm-${priority}-${state}`, SIZE.alarm, alarmIcon(c, priority, state)));
    }
  }
  return all;
}
