import { alarmIcon } from "./map_icons.js";
import { Parts, flat, painted } from "./map_sheet.js";

/**
 * The same map on a plain canvas, for screens without a graphics card. Lines are painted on a sheet wider than the window,
 * in slices of time, while the last sheet is shown where it belongs: moving the map and new values never wait for each other.
 */
const MARGIN = 0.25;     // of the window, on each side of it
const REPAINT_MS = 140;  // a sheet that fits the view but was painted at another zoom is painted anew when it rests
const NEAR_PX = 8;
const NEAR_SCALE = 2900;  // pixels a degree, as MapLibre's zoom 11
const mercator = (lat) => flat([0, lat])[1];

function distanceTo(x, y, [[x1, y1], [x2, y2]]) {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2 || 1;
  const t = Math.max(0, Math.min(1, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length));
  return Math.hypot(x - x1 - t * (x2 - x1), y - y1 - t * (y2 - y1));
}

export class CanvasMap {
  constructor({ container, model, colours, onPick, onHover, padding, bounds = () => model.bounds }) {
    Object.assign(this, { model, colours, onPick, onHover, padding, bounds, levels: new Set(model.levels), selected: null, state: null });
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("aria-label", "Network map: arrow keys move, plus and minus zoom");
    container.append(this.canvas);
    this.#take();
    new ResizeObserver(() => this.#resize()).observe(container);
    this.#resize();
    this.fit();
    this.#listen();
    this.ready = Promise.resolve();
  }

  #take() {
    this.parts = new Parts(this.model);
    this.parts.take(this.state);
    this.front = this.work = null;
    this.areas = this.model.areas.map(({ box: [w, s, e, n], name }) => ({ name, corners: [[w, n], [e, s]].map(flat) }));
  }

  rearrange() {
    this.#take();
    this.fit();
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas.parentElement;
    Object.assign(this, { width, height, ratio: devicePixelRatio });
    this.canvas.width = width * devicePixelRatio;
    this.canvas.height = height * devicePixelRatio;
    this.front = this.work = null;
    if (this.scale !== undefined) this.#paint();  // at once: a new size has wiped the canvas
  }

  #listen() {
    const { canvas } = this;
    let grip = null;
    const spot = (event) => ({ x: event.offsetX, y: event.offsetY });
    canvas.addEventListener("wheel", (event) => { event.preventDefault(); this.zoom(-event.deltaY / 300, spot(event)); }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => { grip = spot(event); });
    addEventListener("pointerup", () => { grip = null; });
    canvas.addEventListener("pointermove", (event) => {
      const at = spot(event);
      if (grip) { this.pan(at.x - grip.x, at.y - grip.y); grip = at; } else this.onHover(this.#at(at), at);
    });
    canvas.addEventListener("pointerleave", () => this.onHover(null));
    canvas.addEventListener("click", (event) => this.onPick(this.#at(spot(event)), false));
    canvas.addEventListener("dblclick", (event) => { const ref = this.#at(spot(event)); if (ref) this.onPick(ref, true); });
    const moves = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };
    canvas.addEventListener("keydown", ({ key }) => {
      if (moves[key]) this.pan(...moves[key]);
      else if (key === "+" || key === "=") this.zoom(1);
      else if (key === "-") this.zoom(-1);
    });
  }

  pan(dx, dy) { this.x -= dx / this.scale; this.y += dy / this.scale; this.#draw(); }
  #screen([x, y]) { return [this.width / 2 + (x - this.x) * this.scale, this.height / 2 - (y - this.y) * this.scale]; }
  #place(ref) { const [x, y] = this.model.position(ref); return this.#screen([x, mercator(y)]); }

  zoom(step, at = { x: this.width / 2, y: this.height / 2 }) {
    const dx = (at.x - this.width / 2) / this.scale;
    const dy = (at.y - this.height / 2) / this.scale;
    const factor = 2 ** step;
    this.x += dx * (1 - 1 / factor);
    this.y -= dy * (1 - 1 / factor);
    this.scale *= factor;
    this.#draw();
  }

  fit() {
    const [w, s, e, n] = this.bounds();
    const { top, right, bottom, left } = this.padding();
    const [south, north] = [mercator(s), mercator(n)];
    this.scale = Math.max(1, Math.min((this.width - left - right) / Math.max(1e-6, e - w), (this.height - top - bottom) / Math.max(1e-6, north - south)));
    this.x = (w + e) / 2 - (left - right) / 2 / this.scale;
    this.y = (south + north) / 2 + (top - bottom) / 2 / this.scale;
    this.#draw();
  }

  goTo(ref) {
    const [x, y] = this.model.position(ref);
    Object.assign(this, { x, y: mercator(y), scale: Math.max(this.scale, 8000) });
    this.#draw();
  }

  update(state) {
    this.state = state;
    if (this.parts.take(state)) this.stale = true;
    this.#draw();
  }

  select(ref) { this.selected = ref; this.#draw(); }
  showLevels(levels) { this.levels = levels; this.stale = true; this.#draw(); }
  retheme(colours) { this.colours = colours; this.stale = true; this.#draw(); }

  #at({ x, y }) {
    const far = (ref) => { const [a, b] = this.#place(ref); return Math.hypot(a - x, b - y); };
    const marker = this.state?.markers.find((m) => far(m.ref) < 14);
    if (marker) return marker.ref;
    let best = null;
    let least = NEAR_PX;
    const { line, ends } = this.parts;
    line.forEach((index, part) => {
      if (!this.levels.has(this.model.doc.lines.kv[index])) return;
      const [x0, y0, x1, y1] = ends.subarray(4 * part, 4 * part + 4);
      const distance = distanceTo(x, y, [this.#screen([x0, y0]), this.#screen([x1, y1])]);
      if (distance < least) { least = distance; best = { kind: "lines", index }; }
    });
    return best;
  }

  #draw() {
    if (this.scale === undefined || this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = null; this.#paint(); });
  }

  #paint() {
    this.#sheet();
    const g = this.canvas.getContext("2d");
    const c = this.colours;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.fillStyle = c.bg;
    g.fillRect(0, 0, this.width, this.height);
    this.#lay(g);
    g.lineCap = "round";
    if (this.selected?.kind === "lines") this.#chosen(g, this.selected.index);
    this.#stations(g);
    this.#switches(g);
    const markers = (this.state?.markers ?? []).filter(({ priority }) => priority < 4 || this.scale > NEAR_SCALE);
    for (const marker of markers.sort((a, b) => b.priority - a.priority)) this.#marker(g, marker);
  }

  /** Go on with the sheet in work; begin another one if the last does not fit any more. */
  #sheet() {
    const { front } = this;
    if (!front) {
      this.#begin();
      while (this.work) this.#goOn();
      return;
    }
    const [mx, my] = [MARGIN * this.width, MARGIN * this.height];
    const beyond = Math.abs(this.x - front.x) * this.scale > mx * 0.5 || Math.abs(this.y - front.y) * this.scale > my * 0.5;
    const zoomed = this.scale !== front.scale;
    if (zoomed && !this.resting) this.resting = setTimeout(() => { this.resting = null; this.rested = true; this.#draw(); }, REPAINT_MS);
    if (!this.work && (this.stale || beyond || (zoomed && this.rested))) this.#begin();
    if (this.work) {
      this.#goOn();
      this.#draw();
    }
  }

  #begin() {
    this.stale = this.rested = false;
    const [width, height] = [this.width * (1 + 2 * MARGIN), this.height * (1 + 2 * MARGIN)];
    const canvas = this.spare ?? document.createElement("canvas");
    this.spare = null;
    if (canvas.width !== Math.round(width * this.ratio)) canvas.width = Math.round(width * this.ratio);
    if (canvas.height !== Math.round(height * this.ratio)) canvas.height = Math.round(height * this.ratio);
    const { parts, areas, colours, levels, ratio, x, y, scale } = this;
    const sheet = { canvas, width, height, x, y, scale };
    this.work = { sheet, steps: painted(canvas.getContext("2d"), { parts, areas, colours, levels, width, height, ratio, x, y, scale }) };
  }

  #goOn() {
    if (!this.work.steps.next().done) return;
    this.spare = this.front?.canvas ?? null;
    this.front = this.work.sheet;
    this.work = null;
  }

  /** The last sheet, moved and stretched to where it belongs now. */
  #lay(g) {
    const { canvas, width, height, x, y, scale } = this.front;
    const zoom = this.scale / scale;
    const [middle, centre] = this.#screen([x, y]);
    g.drawImage(canvas, middle - (width * zoom) / 2, centre - (height * zoom) / 2, width * zoom, height * zoom);
  }

  #chosen(g, index) {
    g.strokeStyle = this.colours.select;
    g.globalAlpha = 0.6;
    g.lineWidth = 9;
    g.beginPath();
    this.parts.line.forEach((line, part) => {
      if (line !== index) return;
      const [x0, y0, x1, y1] = this.parts.ends.subarray(4 * part, 4 * part + 4);
      g.moveTo(...this.#screen([x0, y0]));
      g.lineTo(...this.#screen([x1, y1]));
    });
    g.stroke();
    g.globalAlpha = 1;
  }

  /** Those off their normal position, wherever one looks; closed filled, open hollow. */
  #switches(g) {
    const half = 4 * this.colours.rem;
    g.strokeStyle = this.colours.text;
    g.lineWidth = 1.5;
    for (const index of this.state?.offNormal ?? []) {
      const [x, y] = this.#place({ kind: "switches", index });
      if (x < 0 || y < 0 || x > this.width || y > this.height) continue;
      g.fillStyle = (this.state.frame.switchState[index] & 3) === 1 ? this.colours.text : this.colours.bg;
      g.fillRect(x - half, y - half, 2 * half, 2 * half);
      g.strokeRect(x - half, y - half, 2 * half, 2 * half);
      g.strokeRect(x - 2 * half, y - 2 * half, 4 * half, 4 * half);
    }
  }

  #stations(g) {
    const high = 12 * this.colours.rem;
    const titled = new Set(this.model.areas.map(({ station }) => station));
    const taken = [];  // a name that would lie on another is left out until the map is nearer
    g.font = `${high}px sans-serif`;
    g.fillStyle = this.colours.text;
    this.model.stations.forEach((station, index) => {
      const [x, y] = this.#place({ kind: "stations", index });
      g.fillRect(x - 5, y - 5, 10, 10);
      const right = x + 12 + g.measureText(station.label).width;
      if (titled.has(index) || taken.some((box) => x < box.right && right > box.x && Math.abs(y - box.y) < high * 1.3)) return;
      taken.push({ x, y, right });
      g.fillText(station.label, x + 10, y + 4);
    });
  }

  #marker(g, { ref, priority, state, badge }) {
    const [x, y] = this.#place(ref);
    const size = 28 * this.colours.rem;
    g.save();
    g.translate(x - size / 2, y - size / 2);
    alarmIcon(this.colours, priority, state)(g, size);
    g.restore();
    g.fillStyle = this.colours[`p${priority}`];
    g.fillText(badge, x + size / 2 + 2, y + 4);
  }
}
