import * as alarmView from "../js/alarm_view.js";
import { svg } from "../js/dom.js";
import { arrow, reach, shape } from "./diagram_shapes.js";
import { Figures, describe } from "./diagram_figures.js";
import { tagSign } from "./tag_sign.js";

const TILE = 700;
const LEVELS = [0.5, 1.1, 1.5, 3.3];  // zooms at which more is shown
const ALARM = 24;
const TAG = 18;
const NEAR = 40;
const ABOVE_FIGURES = 54;  // of a line, at the size that they have from afar
const WIDTH = { busbar: 6, junction: 3.5 };
const MARKS = { shelved: "SH", "out-of-service": "OS", "by-design": "SD" };

/** Only what is near the window is laid out: a network of thousands of houses pans as a small one does. */
class Tiles {
  constructor(parent) { Object.assign(this, { parent, cells: new Map() }); }

  at(x, y) {
    const [column, row] = [Math.floor(x / TILE), Math.floor(y / TILE)];
    const key = `${column} ${row}`;
    if (!this.cells.has(key)) this.cells.set(key, { column, row, group: this.parent.appendChild(svg("g")), shown: true });
    return this.cells.get(key).group;
  }

  show({ left, top, right, bottom }) {
    const [w, e, n, s] = [left - 200, right + 200, top - 200, bottom + 200].map((v) => v / TILE);
    for (const cell of this.cells.values()) {
      const shown = cell.column < e && cell.column + 1 > w && cell.row < s && cell.row + 1 > n;
      if (shown === cell.shown) continue;
      cell.shown = shown;
      cell.group.style.display = shown ? "" : "none";
    }
  }
}

/** Middle of the longest part of a polyline, and its direction in degrees. */
function middle(points) {
  let best = { length: -1 };
  for (let i = 0; i + 3 < points.length; i += 2) {
    const [x0, y0, x1, y1] = points.slice(i, i + 4);
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length > best.length + 1e-6) best = { length, x: (x0 + x1) / 2, y: (y0 + y1) / 2, degrees: (Math.atan2(y1 - y0, x1 - x0) * 180) / Math.PI };
  }
  return best;
}

export class DiagramView {
  constructor({ svg: root, doc, state, onFocus = () => {}, onOpen = () => {}, interactive = true }) {
    Object.assign(this, { root, doc, state, onFocus, onOpen, interactive, focused: null });
    this.world = root.appendChild(svg("g", { class: "world" }));
    const layer = (name) => this.world.appendChild(svg("g", { class: name }));
    this.layers = Object.fromEntries(["long", "wires", "joints", "flows", "figures", "symbols", "tags", "alarms"].map((name) => [name, layer(name)]));
    this.tiles = ["wires", "joints", "flows", "symbols", "figures"].map((name) => new Tiles(this.layers[name]));
    this.#build();
  }

  #build() {
    const [wires, joints, flows, symbols, figures] = this.tiles;
    this.wires = this.doc.wires.map((wire) => {
      const { points } = wire;
      const line = svg("polyline", { class: wire.bar ? "wire bar" : wire.ref[0] === "lines" ? "wire line" : "wire", points: points.join(" "), "stroke-width": (WIDTH[wire.bar] ?? 1.75) * Math.max(wire.scale, 0.5) });
      const span = Math.max(Math.abs(points.at(-2) - points[0]), Math.abs(points.at(-1) - points[1]));
      (span > TILE / 2 ? this.layers.long : wires.at(points[0], points[1])).append(line);
      const flow = wire.ref[0] === "lines" ? svg("g", { class: wire.scale < 1 ? "d3" : "d0" }) : null;
      if (flow) flows.at(points[0], points[1]).append(flow);
      return { wire, line, flow, middle: flow && middle(points), look: "" };
    });
    this.joints = this.doc.joints.map(([x, y, kind, index]) => {
      const dot = svg("circle", { class: "joint", cx: x, cy: y, r: 3.5 });
      joints.at(x, y).append(dot);
      return { dot, ref: [kind, index], look: "" };
    });
    this.symbols = this.doc.symbols.map((symbol, index) => this.#symbol(symbol, index, symbols.at(symbol.x, symbol.y)));
    this.byMrid = new Map();
    for (const item of this.symbols) if (item.symbol.mrid && !this.byMrid.has(item.symbol.mrid)) this.byMrid.set(item.symbol.mrid, { x: item.symbol.x, y: item.symbol.y, item });
    for (const { wire, middle: spot } of this.wires) if (wire.mrid && spot) this.byMrid.set(wire.mrid, { x: spot.x, y: spot.y, item: null, above: Math.abs(Math.abs(spot.degrees) - 90) < 1 ? 16 : ABOVE_FIGURES });
    this.figures = new Figures({ doc: this.doc, state: this.state, at: (x, y) => figures.at(x, y), middle });
  }

  #symbol(symbol, index, parent) {
    const node = svg("g", {
      class: `sym ${symbol.scale < 1 ? "d1" : ""}`, "data-role": symbol.role, "data-class": symbol.class, transform: `translate(${symbol.x} ${symbol.y})`,
      ...(this.interactive && symbol.mrid ? { role: "link", tabindex: "-1", "data-index": index } : {}),
    }, shape({ ...symbol, station: this.doc.class === "Substation" }));
    parent.append(node);
    return { symbol, node, look: "" };
  }

  /** Draw the state; only what looks otherwise than before is touched. */
  update() {
    for (const item of this.wires) this.#wire(item);
    for (const item of this.joints) this.#look(item, item.dot, { supply: this.state.supply(item) });
    for (const item of this.symbols) this.#device(item);
    this.figures.update();
    this.#tags();
    this.#alarms();
  }

  #look(item, node, look) {
    const print = JSON.stringify(look);
    if (print === item.look) return false;
    item.look = print;
    for (const [name, value] of Object.entries(look)) {
      if (value) node.setAttribute(`data-${name}`, value);
      else node.removeAttribute(`data-${name}`);
    }
    return true;
  }

  #wire(item) {
    const { wire, line } = item;
    const priority = this.state.priority(wire);
    const flow = item.flow ? this.state.flow(wire) : 0;
    const supply = this.state.supply(wire);
    const looped = supply === "live" && wire.ref[0] === "lines" && this.state.isLooped(wire);
    if (!this.#look(item, line, { supply, stale: this.state.isStale(wire), priority, flow: flow || null, looped })) return;
    this.#core(item, looped);
    for (const one of [1, 2, 3, 4]) line.classList.toggle(`alarm-p${one}`, one === priority);
    if (!item.flow) return;
    const { x, y, degrees } = item.middle;
    item.flow.replaceChildren(...(flow && supply === "live" ? [arrow(4.5 * Math.max(wire.scale, 0.4))] : []));
    item.flow.setAttribute("transform", `translate(${x} ${y}) rotate(${flow > 0 ? degrees : degrees + 180})`);
  }

  /** A line in a closed ring is drawn double: paper within the stroke. */
  #core(item, looped) {
    if (looped === Boolean(item.core)) return;
    item.core?.remove();
    item.core = looped ? item.line.cloneNode() : null;
    if (!looped) return;
    item.core.setAttribute("class", "wire-core");
    item.line.after(item.core);
  }

  #device(item) {
    const { symbol, node } = item;
    const look = { supply: this.state.supply(symbol), stale: this.state.isStale(symbol) };
    if (symbol.role === "switch") {
      const { position, offNormal, stale } = this.state.position(symbol);
      Object.assign(look, { position, off: offNormal, stale });
    }
    const priority = symbol.role === "neighbour" || symbol.role === "reference" ? 0 : this.state.priority(symbol);
    if (!this.#look(item, node, { ...look, priority })) return;
    for (const one of [1, 2, 3, 4]) node.classList.toggle(`alarm-p${one}`, one === priority);
    if (node.hasAttribute("role")) node.setAttribute("aria-label", describe(symbol, this.state));
  }

  /** On the side where no alarm stands; of several tags the gravest, with their number. */
  #tags() {
    const hung = [...this.state.tags].filter(([mrid]) => this.byMrid.has(mrid));
    const print = JSON.stringify(hung.map(([mrid, tags]) => [mrid, tags.map(({ id }) => id)]));
    if (print === this.tagPrint) return;
    this.tagPrint = print;
    this.layers.tags.replaceChildren(...hung.map(([mrid, tags]) => {
      const { x, y, item } = this.byMrid.get(mrid);
      const away = item ? reach(item.symbol) * (item.symbol.scale ?? 1) : 4;
      return tagSign(tags, this.#nodeIsRight(x, y) ? x - TAG + 4 : x - 4, y - away - TAG);
    }));
  }

  /** On the other side of a switch then, so that no load of the node is covered. */
  #nodeIsRight(x, y) { return this.doc.symbols.some(({ role, x: other, y: row }) => role === "node" && other > x && other - x < NEAR && Math.abs(row - y) < 1); }

  #alarms() {
    const shown = [...this.state.alarms.values()].filter(({ equipment_mrid: mrid }) => this.byMrid.has(mrid));
    const print = JSON.stringify(shown.map((a) => [a.id, a.priority, a.state, a.suppression]));
    if (print === this.alarmPrint) return;
    this.alarmPrint = print;
    this.layers.alarms.replaceChildren(...shown.map((alarm) => {
      const { x, y, item, above } = this.byMrid.get(alarm.equipment_mrid);
      const scale = item?.symbol.scale ?? 1;
      const away = item ? reach(item.symbol) * scale + 2 : above;
      const mark = MARKS[alarm.suppression];
      const [left, top] = [x + (item ? away : -ALARM / 2), y - away - ALARM];
      if (mark) return svg("g", { class: "mark-box", transform: `translate(${left} ${top + 6})` }, svg("rect", { width: 24, height: 18 }), svg("text", { x: 12, y: 14 }, mark), svg("title", {}, `${alarm.message}: ${alarm.suppression}`));
      const sign = alarmView.inPhase(alarmView.symbol(alarm.priority, alarm.state));
      for (const [name, value] of Object.entries({ x: left, y: top, width: ALARM, height: ALARM })) sign.setAttribute(name, value);
      sign.append(svg("title", {}, alarm.message));
      return sign;
    }));
  }

  seen(window_) {
    this.root.dataset.text = window_.k >= 0.95 ? "1" : window_.k >= 0.78 ? "2" : "3";
    const level = LEVELS.filter((zoom) => window_.k >= zoom).length;
    this.root.dataset.level = String(this.interactive ? level : Math.max(1, level));  // nobody can come nearer to a wall
    for (const tiles of this.tiles) tiles.show(window_);
  }

  focus(item, { scroll = true } = {}) {
    if (this.focused) this.focused.node.removeAttribute("data-focus");
    this.focused = item;
    if (!item) return;
    item.node.dataset.focus = "";
    for (const { node } of this.symbols) if (node.getAttribute("tabindex") === "0") node.setAttribute("tabindex", "-1");
    item.node.setAttribute("tabindex", "0");
    this.onFocus(item.symbol, scroll);
  }

  itemOf(target) {
    const node = target.closest?.("[data-index]");
    return node ? this.symbols[Number(node.dataset.index)] : null;
  }

  /** The nearest symbol on that side, those straight ahead first. */
  next(dx, dy) {
    const from = this.focused?.symbol;
    let best = null;
    let least = Infinity;
    for (const item of this.symbols) {
      const { symbol } = item;
      if (!symbol.mrid || symbol === from) continue;
      const [x, y] = [symbol.x - from.x, symbol.y - from.y];
      const ahead = x * dx + y * dy;
      const cost = ahead + 3 * Math.abs(x * dy - y * dx);
      if (ahead > 0.5 && cost < least) { best = item; least = cost; }
    }
    return best;
  }
}

