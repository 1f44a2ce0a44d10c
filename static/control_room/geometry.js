import { api, get } from "../js/api.js";
import { shortNames } from "../js/names.js";
import { arrange, passUnder } from "./layout.js";

export const KINDS = ["switches", "transformers", "nodes", "lines"];
const CLASS = { nodes: "ConnectivityNode", lines: "ACLineSegment", transformers: "PowerTransformer", switches: "Switch" };
const SWITCH_REACH = 0.22;       // a switch is drawn on its line, at most this part of the way along
const SWITCH_REACH_DEG = 0.0012;

export const sameRef = (a, b) => a?.kind === b?.kind && a?.index === b?.index;

/** The network as it is drawn: the geometry document with its indices made easy to walk. */
export class Model {
  constructor(doc) {
    this.doc = doc;
    this.version = doc.model_version;
    this.byMrid = new Map();
    for (const kind of KINDS) doc[kind].mrid.forEach((mrid, index) => this.byMrid.set(mrid, { kind, index }));
    this.levels = [...new Set(doc.nodes.kv)].sort((a, b) => b - a);
    this.truth = { at: doc.nodes.lon.map((lon, i) => [lon, doc.nodes.lat[i]]), areas: [], bounds: doc.bounds };
    this.arranged = arrange(doc);
    this.placed = this.truth;
    this.#neighbours();
    this.#stations();
    this.enlarge(true);
  }

  get bounds() { return this.placed.bounds; }
  get isEnlarged() { return this.placed !== this.truth; }

  /** Grids enlarged at the cost of the ground between them, or everything true to scale. */
  enlarge(on) {
    this.placed = (on && this.arranged) || this.truth;
    for (const station of this.stations) [station.lon, station.lat] = this.isEnlarged && station.node !== undefined ? this.at(station.node) : station.truth;
    this.areas = this.placed.areas.map(({ nodes, own, box }) => ({ box, own, nodes, ...this.#title(own) }));
  }

  /** An area is called after the station that feeds it. */
  #title(own) {
    const index = this.stations.reduce((best, station, i) => (own.has(station.node) && station.kv > (this.stations[best]?.kv ?? 0) ? i : best), -1);
    return { station: index, name: this.stations[index]?.label ?? "" };
  }
  count(kind) { return this.doc[kind].mrid.length; }
  name(ref) { return ref.kind === "stations" ? this.stations[ref.index].name : this.doc[ref.kind].name[ref.index]; }
  mrid(ref) { return this.doc[ref.kind]?.mrid[ref.index] ?? null; }
  className(ref) { return ref.kind === "switches" ? this.doc.switches.kind[ref.index] : CLASS[ref.kind]; }
  at(node) { return this.placed.at[node]; }
  ends(line) { return [this.at(this.doc.lines.from[line]), this.at(this.doc.lines.to[line])]; }

  /** The line as it is drawn: its true course where known, else its straight parts that lie under no area of others. */
  parts(line) {
    if (!this.isEnlarged && this.doc.paths?.[line]) return [this.doc.paths[line]];
    const [from, to] = [this.doc.lines.from[line], this.doc.lines.to[line]];
    const home = this.areas.find(({ own }) => own.has(from) && own.has(to));
    return home ? [this.ends(line)] : passUnder(this.ends(line), this.areas.filter(({ own }) => !own.has(from) && !own.has(to)).map(({ box }) => box));
  }

  kv({ kind, index }) {
    const { nodes, lines, transformers, switches } = this.doc;
    if (kind === "nodes") return nodes.kv[index];
    if (kind === "lines") return lines.kv[index];
    return nodes.kv[kind === "transformers" ? transformers.high[index] : switches.at[index]];
  }

  /** Low and high, pu; of a node. */
  limits({ kind, index }) { return (kind === "nodes" && this.doc.limits?.[this.doc.nodes.limit[index]]) || []; }

  feeder({ kind, index }) {
    const { nodes, lines, switches } = this.doc;
    if (kind === "lines") return lines.feeder[index];
    const node = { nodes: index, switches: switches.at[index] }[kind];
    return node === undefined ? "" : nodes.feeder[node];
  }

  position(ref) {
    if (ref.kind === "nodes") return this.at(ref.index);
    if (ref.kind === "stations") return [this.stations[ref.index].lon, this.stations[ref.index].lat];
    if (ref.kind === "transformers") return this.at(this.doc.transformers.high[ref.index]);
    if (ref.kind === "switches") return this.#switchAt(ref.index);
    const [[x1, y1], [x2, y2]] = this.ends(ref.index);
    return [(x1 + x2) / 2, (y1 + y2) / 2];
  }

  #switchAt(index) {
    const { switches, lines } = this.doc;
    const node = switches.at[index];
    const [x, y] = this.at(node);
    const line = switches.line[index];
    if (line < 0) return [x, y];
    const [fx, fy] = this.at(lines.from[line] === node ? lines.to[line] : lines.from[line]);
    const length = Math.hypot(fx - x, fy - y) || 1;
    const part = Math.min(SWITCH_REACH, SWITCH_REACH_DEG / length);
    return [x + (fx - x) * part, y + (fy - y) * part];
  }

  #neighbours() {
    const { nodes, lines, transformers, switches } = this.doc;
    this.nodeLinks = nodes.mrid.map(() => []);
    lines.from.forEach((from, index) => {
      this.nodeLinks[from].push({ kind: "lines", index });
      if (lines.to[index] !== from) this.nodeLinks[lines.to[index]].push({ kind: "lines", index });
    });
    transformers.high.forEach((high, index) => {
      this.nodeLinks[high].push({ kind: "transformers", index });
      this.nodeLinks[transformers.low[index]].push({ kind: "transformers", index });
    });
    switches.at.forEach((node, index) => this.nodeLinks[node].push({ kind: "switches", index }));
  }

  connected({ kind, index }) {
    const { lines, transformers, switches } = this.doc;
    const node = (i) => ({ kind: "nodes", index: i });
    if (kind === "nodes") return this.nodeLinks[index];
    if (kind === "transformers") return [node(transformers.high[index]), node(transformers.low[index])];
    if (kind === "switches") {
      const line = switches.line[index];
      return [node(switches.at[index]), ...(line >= 0 ? [{ kind: "lines", index: line }] : [])];
    }
    const own = switches.line.flatMap((line, i) => (line === index ? [{ kind: "switches", index: i }] : []));
    return [node(lines.from[index]), node(lines.to[index]), ...own];
  }

  #stations() {
    const { substations, nodes, transformers } = this.doc;
    const labels = shortNames(substations.name);
    this.stations = substations.name.map((name, i) => ({
      name, label: labels[i], truth: [substations.lon[i], substations.lat[i]], kv: substations.kv[i], transformers: [], busbars: [], node: undefined,
    }));
    const byName = new Map(this.stations.map((station) => [station.name, station]));
    transformers.substation.forEach((name, i) => byName.get(name)?.transformers.push(i));
    nodes.substation.forEach((name, i) => nodes.is_busbar[i] && byName.get(name)?.busbars.push(i));
    nodes.substation.forEach((name, i) => { const station = byName.get(name); if (station) station.node ??= i; });
    this.trafoSlot = new Map();
    for (const { transformers: own } of this.stations) own.forEach((t, k) => this.trafoSlot.set(t, k - (own.length - 1) / 2));
  }
}

export const loadModel = async () => new Model(await get(api("network/geometry")));
