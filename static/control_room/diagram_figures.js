import { svg } from "../js/dom.js";
import { number } from "../js/format.js";
import { classWord } from "../js/names.js";
import { supplyWord } from "./islands.js";

const BAR = 46;         // pixels of a bar of loading, from nothing to 120 %
const BAR_TOP = 1.2;
const NARROW = 10;      // letters of a name in a column of a substation
const NARROWEST = 7;    // letters of a name between two switches of one node
const BESIDE = 60;      // pixels to the right of a node
const known = Number.isFinite;
const ROOM = 0.5;       // of the width between the limits of a voltage, on either side of them
const MW = 10_000;      // kW above which MW are shown

export const power = (kw) => (!known(kw) ? "– kW" : Math.abs(kw) >= MW ? `${number(kw / 1000, "MW")} MW` : `${number(Math.round(kw), "", 0)} kW`);
const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** A name over one or two rows, whole: never cut, for a device without its name is none. */
function broken(text, most) {
  if (text.length <= most) return [text];
  const words = text.split(" ");
  const lengths = words.map((_, n) => Math.max(words.slice(0, n).join(" ").length, words.slice(n).join(" ").length));
  const at = lengths.indexOf(Math.min(...lengths));
  return [words.slice(0, at).join(" "), words.slice(at).join(" ")].filter(Boolean);
}

/** One element in words: for the reader of the page and for the reader of the screen. */
export function describe(symbol, state) {
  const parts = [`${classWord(symbol.class)} ${symbol.name}`.trim()];
  if (symbol.role === "switch") {
    const { position, offNormal, stale } = state.position(symbol);
    parts.push(position, offNormal ? "off normal" : "", stale ? "position stale" : "");
  } else {
    parts.push(supplyWord(state.supply(symbol), state.livesBy(symbol)));
    const { pu, kw, loading } = state.values(symbol);
    if (symbol.role === "node" && known(pu)) parts.push(`${number(pu * symbol.kv, "kV")} kV`);
    if (symbol.role === "transformer" && known(kw)) parts.push(power(kw), known(loading) ? `${number(loading * 100, "%")} % loaded` : "");
  }
  for (const tag of state.tags.get(symbol.mrid) ?? []) parts.push(`tag ${tag.kind_label.split(":")[0].toLowerCase()}: ${tag.reason.replaceAll(",", ";")}`);
  if (symbol.place) parts.push(`leads to ${symbol.place.name}`);
  return parts.filter(Boolean).join(", ");
}

const fill = (level, loading) => level.setAttribute("width", (BAR * Math.min(loading, BAR_TOP)) / BAR_TOP);

/** Texts and bars beside symbols: names that stay, values that follow the frame. */
export class Figures {
  constructor({ doc, state, at, middle }) {
    Object.assign(this, { doc, state, at, middle, live: [], isStation: doc.class === "Substation" });
    for (const symbol of doc.symbols) this[`_${symbol.role}`]?.(symbol);
    if (!this.isStation) for (const wire of doc.wires) if (wire.mrid) this.#lineValue(wire);
  }

  #group(x, y, scale, detail) {
    const figure = svg("g", { class: "figure" });
    this.at(x, y).append(svg("g", { class: detail, transform: `translate(${x} ${y})${scale < 1 ? ` scale(${scale})` : ""}` }, figure));
    return figure;
  }

  /** Details come with the zoom; those of a small network when it is as big as others are. */
  #detail(level, scale) { return `d${Math.min(4, scale < 1 ? level + 2 : level)}`; }

  #text(group, x, y, anchor, className, text) {
    const node = svg("text", { x, y, "text-anchor": anchor, class: className }, text);
    group.append(node);
    return node;
  }

  _node(symbol) {
    const { x, y, scale, busbar } = symbol;
    if (this.isStation && !busbar) {
      const group = this.#group(x, y, scale, "d2");
      this.#text(group, -4, -8, "start", "name small", symbol.label);
      return;
    }
    const group = this.#group(x, y, scale, this.#detail(1, scale));
    if (this.isStation) {
      this.#voltage(group, symbol, 0, -16, "start", `${symbol.label}  `);
      return;
    }
    if (symbol.place) {  // where the feeder begins
      this.#text(group, -14, -12, "end", "name strong", symbol.place.name.replaceAll("_", " ").replace(/ Substation$/, ""));
      this.#text(group, -14, 5, "end", "name", symbol.label);
      this.#voltage(group, symbol, -14, 22, "end");
      return;
    }
    this.#text(group, 0, -38, "middle", "name", cut(symbol.label, 24));
    this.#voltage(group, symbol, 7, this.#isBesideSwitch(symbol) ? 54 : 24, "start");
  }

  /** Their names stand where a node's voltage else does. */
  #isBesideSwitch({ x, y, scale }) {
    return this.doc.symbols.some((other) => other.role === "switch" && other.x > x && other.x - x < BESIDE * scale && Math.abs(other.y - y) < 1);
  }

  #voltage(group, symbol, x, y, anchor, before = "") {
    const text = this.#text(group, x, y, anchor, "value", "");
    const [low, high] = symbol.limits ?? [];
    const room = ROOM * (high - low);
    const along = (pu) => BAR * Math.min(1, Math.max(0, (pu - low + room) / (high - low + 2 * room)));
    const bar = svg("g", { class: "loading", transform: `translate(${anchor === "end" ? x - BAR : x} ${y + 5})` },
      svg("rect", { class: "track", width: BAR, height: 5 }), svg("rect", { class: "pointer", y: -1, width: 4, height: 7 }),
      ...(known(low) ? [low, high] : []).map((limit) => svg("path", { class: "limit", d: `M${along(limit)}-1.5v8` })));
    group.append(bar);
    this.#follow(symbol, text, bar, () => {
      const { pu } = this.state.values(symbol);
      return [`${before}${known(pu) ? number(pu * symbol.kv, "kV") : "–"} kV`, known(low) ? pu : null];
    }, { mark: (pointer, pu) => pointer.setAttribute("x", along(pu) - 2) });
  }

  _reference(symbol) {
    const group = this.#group(symbol.x, symbol.y, symbol.scale, "d1");
    this.#text(group, -8, -16, "start", "name strong big", symbol.label);
  }

  _neighbour(symbol) {
    const { x, y, scale, line, place } = symbol;
    const group = this.#group(x, y, scale, this.#detail(1, scale));
    if (!this.isStation) {
      this.#beyond(group, symbol);
      return;
    }
    const below = symbol.ends[0][1] > this.doc.bounds[1] + 1;
    const most = below ? NARROW : 18;
    const [first, second] = place?.class === "Feeder" ? [place.name.split(" ").at(-1), symbol.label] : [(place?.name ?? symbol.label).replaceAll("_", " ").replace(/ ?Substation$/, ""), line?.name ?? ""];
    const rows = [...broken(first, most).map((row) => [row, "name strong"]), ...broken(second, most).map((row) => [row, "name muted"])];
    const top = below ? 22 : -26 - 16 * rows.length;
    rows.forEach(([row, look], at) => this.#text(group, 0, top + 16 * at, "middle", look, row));
    if (!line) return;
    const under = top + 16 * rows.length;
    const kw = this.#text(group, 0, under + 1, "middle", "value", "");
    this.#follow(line, kw, null, () => [power(Math.abs(this.state.values(line).kw)), null]);
    this.#branch(group, line, 0, under + 17, "middle", true, false);
  }

  /** The point before the end of the wire that ends here. */
  #before(x, y) {
    const is = (points, n) => Math.hypot(points.at(n) - x, points.at(n + 1) - y) < 1;
    const first = this.doc.wires.find(({ points }) => is(points, 0));
    if (first) return first.points.slice(2, 4);
    return this.doc.wires.find(({ points }) => is(points, points.length - 2))?.points.slice(-4, -2) ?? [x, y];
  }

  /** Where a feeder goes on elsewhere: beside the end of its line, where nothing else stands. */
  #beyond(group, { x, y, label, place }) {
    const from = this.#before(x, y)[0] - x;
    const [at, anchor, top] = Math.abs(from) < 0.5 ? [0, "middle", -34] : from < 0 ? [12, "start", -3] : [-12, "end", -3];
    this.#text(group, at, top, anchor, "name", cut(label, 24));
    if (place) this.#text(group, at, top + 16, anchor, "name muted", `to ${cut(place.name.replaceAll("_", " "), 24)}`);
  }

  _switch(symbol) {
    const { x, y, scale } = symbol;
    const group = this.#group(x, y, scale, this.#detail(2, scale));
    const rows = broken(symbol.label, NARROWEST);
    if (symbol.upright) rows.forEach((row, at) => this.#text(group, 13, (rows.length > 1 ? -3 : 4) + 13 * at, "start", "name small", row));
    else rows.forEach((row, at) => this.#text(group, 0, 24 + 13 * at, "middle", "name small", row));
  }

  _transformer(symbol) {
    const { x, y, scale, upright } = symbol;
    const group = this.#group(x, y, scale, this.#detail(1, scale));
    const [left, top, anchor] = upright ? [18, -12, "start"] : [0, 28, "middle"];
    this.#text(group, left, top, anchor, "name", cut(symbol.label, 18));
    this.#branch(group, symbol, left, top + 16, anchor, true);
  }

  #lineValue(wire) {
    const spot = this.middle(wire.points);
    if (spot.length < 60 * wire.scale || Math.abs(Math.abs(spot.degrees) - 90) < 1) return;
    const group = this.#group(spot.x, spot.y, wire.scale, this.#detail(1, wire.scale));
    const kw = this.#text(group, 0, -23, "middle", "value", "");
    this.#follow(wire, kw, null, () => [power(Math.abs(this.state.values(wire).kw)), null]);
    this.#branch(group, wire, 0, -8, "middle", false, false);
  }

  /** kW and loading of a line or transformer, the loading against its limit. */
  #branch(group, element, x, y, anchor, tall, withPower = true) {
    const text = this.#text(group, x, y, anchor, "value", "");
    const left = anchor === "middle" ? x - BAR / 2 : x;
    const top = tall ? y + 5 : y + 13;
    const bar = svg("g", { class: "loading", transform: `translate(${left} ${top})` },
      svg("rect", { class: "track", width: BAR, height: 5 }), svg("rect", { class: "level", height: 5, width: 0 }), svg("path", { class: "limit", d: `M${BAR / BAR_TOP}-1.5v8` }));
    group.append(bar);
    this.#follow(element, text, bar, () => {
      const { kw, loading } = this.state.values(element);
      const shown = [withPower ? power(Math.abs(kw)) : "", known(loading) ? `${number(Math.round(loading * 100), "", 0)} %` : ""];
      return [shown.filter(Boolean).join("  "), loading];
    }, { second: !withPower });
  }

  /** second: below another figure of the same element, which says already where both come from; mark: puts a figure on its bar. */
  #follow(element, text, bar, say, { second = false, mark = fill } = {}) { this.live.push({ element, text, bar, say, second, mark, before: "" }); }

  update() {
    for (const item of this.live) {
      const { element, text, bar, say, second, mark } = item;
      const [words, figure] = say();
      const supply = this.state.supply(element);
      const stale = this.state.isStale(element);
      const pseudo = this.state.provenance(element) === "pseudo";
      const priority = this.state.priority(element);
      const shown = supply === "dead" ? (second ? "" : "dead") : `${priority ? "! " : ""}${pseudo && !second ? "≈ " : ""}${words}${stale && !second ? " ?" : ""}`;
      const print = `${shown}|${supply}|${priority}|${known(figure) ? figure.toFixed(3) : ""}`;
      if (print === item.before) continue;
      item.before = print;
      text.textContent = shown;
      for (const node of [text, bar]) {
        if (!node) continue;
        node.dataset.stale = String(stale);
        node.dataset.priority = priority;
        for (const one of [1, 2, 3, 4]) node.classList.toggle(`alarm-p${one}`, one === priority);
      }
      if (!bar) continue;
      bar.style.display = known(figure) && supply !== "dead" ? "" : "none";
      if (known(figure)) mark(bar.children[1], figure);
    }
  }
}

