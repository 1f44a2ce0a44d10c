import { alarmIcon } from "./map_icons.js";

/** The same map on a plain canvas, for screens without WebGL. */
const NEAR_PX = 8;
const NEAR_SCALE = 2900;  // pixels a degree, as MapLibre's zoom 11
const mercator = (lat) => (Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) * 180) / Math.PI;
const WIDTH = (kv) => (kv >= 200 ? 3.4 : kv >= 60 ? 2.3 : kv >= 3 ? 1.15 : 0.8);

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
    const flat = ([x, y]) => [x, mercator(y)];
    this.lines = this.model.doc.lines.mrid.map((_, i) => this.model.parts(i).map((part) => part.map(flat)));
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
      if (grip) { this.#pan(at.x - grip.x, at.y - grip.y); grip = at; } else this.onHover(this.#at(at), at);
    });
    canvas.addEventListener("pointerleave", () => this.onHover(null));
    canvas.addEventListener("click", (event) => this.onPick(this.#at(spot(event)), false));
    canvas.addEventListener("dblclick", (event) => { const ref = this.#at(spot(event)); if (ref) this.onPick(ref, true); });
    const moves = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };
    canvas.addEventListener("keydown", ({ key }) => {
      if (moves[key]) this.#pan(...moves[key]);
      else if (key === "+" || key === "=") this.zoom(1);
      else if (key === "-") this.zoom(-1);
    });
  }

  #pan(dx, dy) { this.x -= dx / this.scale; this.y += dy / this.scale; this.#draw(); }
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

  update(state) { this.state = state; this.#draw(); }
  select(ref) { this.selected = ref; this.#draw(); }
  showLevels(levels) { this.levels = levels; this.#draw(); }
  retheme(colours) { this.colours = colours; this.#draw(); }

  #at({ x, y }) {
    const far = (ref) => { const [a, b] = this.#place(ref); return Math.hypot(a - x, b - y); };
    const marker = this.state?.markers.find((m) => far(m.ref) < 14);
    if (marker) return marker.ref;
    let best = null;
    let least = NEAR_PX;
    this.lines.forEach((parts, index) => {
      if (!this.levels.has(this.model.doc.lines.kv[index])) return;
      for (const part of parts) {
        const distance = distanceTo(x, y, part.map((end) => this.#screen(end)));
        if (distance < least) { least = distance; best = { kind: "lines", index }; }
      }
    });
    return best;
  }

  #draw() {
    if (this.scale === undefined || this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = null; this.#paint(); });
  }

  #paint() {
    const g = this.canvas.getContext("2d");
    const c = this.colours;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.fillStyle = c.bg;
    g.fillRect(0, 0, this.width, this.height);
    g.lineCap = "round";
    this.#areas(g);
    if (this.selected?.kind === "lines") this.#line(g, this.selected.index, c.select, 9);
    this.lines.forEach((_, index) => this.#gridLine(g, index));
    g.setLineDash([]);
    this.#stations(g);
    const markers = (this.state?.markers ?? []).filter(({ priority }) => priority < 4 || this.scale > NEAR_SCALE);
    for (const marker of markers.sort((a, b) => b.priority - a.priority)) this.#marker(g, marker);
  }

  #gridLine(g, index) {
    const kv = this.model.doc.lines.kv[index];
    if (!this.levels.has(kv)) return;
    const look = this.state?.frame ? this.state.look({ kind: "lines", index }) : 1;
    const priority = (look >> 3) & 7;
    g.setLineDash({ 2: [7, 5], 3: [1, 4] }[look & 3] ?? []);
    g.globalAlpha = (look >> 2) & 1 ? 0.45 : 1;
    this.#line(g, index, priority ? this.colours[`p${priority}`] : kv >= 60 ? this.colours.line : this.colours.faint, WIDTH(kv) + (priority ? 1.5 : 0));
    g.globalAlpha = 1;
  }

  #line(g, index, colour, width) {
    g.strokeStyle = colour;
    g.lineWidth = width;
    g.beginPath();
    for (const part of this.lines[index]) {
      const [from, to] = part.map((end) => this.#screen(end));
      g.moveTo(...from);
      g.lineTo(...to);
    }
    g.stroke();
  }

  #areas(g) {
    g.font = `${13 * this.colours.rem}px sans-serif`;
    for (const { name, corners } of this.areas) {
      const [[x1, y1], [x2, y2]] = corners.map((corner) => this.#screen(corner));
      g.fillStyle = this.colours.panel;
      g.fillRect(x1, y1, x2 - x1, y2 - y1);
      g.fillStyle = this.colours.text;
      g.fillText(name, x1 + 6, y1 + 18 * this.colours.rem);
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
