import * as maplibregl from "../vendor/maplibre-gl/maplibre-gl.mjs";
import { icons } from "./map_icons.js";
import { SOURCES, layers } from "./map_style.js";

const TOUCH_PX = 5;
const LOOKS = ["lines", "nodes"];
const PICK = ["markers-critical", "markers", "markers-low", "switches-off-normal", "switches-open", "switches-closed", "switches-bay", "transformers", "stations", "area-titles", "nodes", "lines"];
const EMPTY = { type: "FeatureCollection", features: [] };
const WIDTH = (kv) => (kv >= 200 ? 3.4 : kv >= 60 ? 2.3 : kv >= 3 ? 1.15 : 0.8);

const point = (id, coordinates, properties) => ({ type: "Feature", id, geometry: { type: "Point", coordinates }, properties });
const collection = (features) => ({ type: "FeatureCollection", features });

export const canDraw = () => Boolean(document.createElement("canvas").getContext("webgl2"));

/** The network on a MapLibre map. Same outside as CanvasMap. */
export class GlMap {
  /** padding: () => {top, right, bottom, left}, what stands over the map; bounds: () => what is shown at first and on fit; members: what is not among them is faint. */
  constructor({ container, model, colours, onPick, onHover, padding, bounds = () => model.bounds, members = null }) {
    Object.assign(this, { model, colours, onPick, onHover, padding, bounds, members, looks: {}, focus: {}, levels: new Set(model.levels) });
    this.ratio = Math.max(1, devicePixelRatio);
    this.map = new maplibregl.Map({
      container, attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, renderWorldCopies: false,
      fadeDuration: 0, bounds: bounds(), fitBoundsOptions: { padding: padding() }, maxPitch: 0, minZoom: 3, maxZoom: 18,
      style: { version: 8, sources: Object.fromEntries(SOURCES.map((name) => [name, { type: "geojson", data: EMPTY, tolerance: 0.1 }])), layers: [] },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new maplibregl.ScaleControl({ maxWidth: 120 }), "bottom-right");
    this.map.on("resize", () => this.isFitted && this.fit());
    this.map.on("movestart", ({ originalEvent }) => { if (originalEvent) this.isFitted = false; });
    this.isFitted = true;
    this.map.getCanvas().setAttribute("aria-label", "Network map: arrow keys move, plus and minus zoom");
    this.ready = this.map.once("load").then(() => this.#build());
  }

  #build() {
    for (const [name, image] of icons(this.colours, this.ratio)) this.map.addImage(name, image, { pixelRatio: this.ratio });
    for (const layer of layers(this.colours)) this.map.addLayer(layer);
    this.baseFilters = new Map(this.map.getStyle().layers.map((layer) => [layer.id, layer.filter]));
    this.#fill();
    this.map.on("mousemove", (event) => this.#hover(event));
    this.map.on("mouseout", () => this.#hover(null));
    this.map.on("click", (event) => this.onPick(this.#at(event.point), false));
    this.map.on("dblclick", (event) => { const ref = this.#at(event.point); if (ref) { event.preventDefault(); this.onPick(ref, true); } });
  }

  #fill() {
    const { model } = this;
    const { nodes, lines, transformers } = model.doc;
    this.#set("areas", model.areas.map(({ box: [w, s, e, n] }, i) => ({
      type: "Feature", id: i, geometry: { type: "Polygon", coordinates: [[[w, s], [e, s], [e, n], [w, n], [w, s]]] }, properties: {},
    })));
    this.#set("titles", model.areas.map(({ box: [w, , , n], name, station }) => point(Math.max(0, station), [w, n], { label: name })));
    this.#set("lines", lines.mrid.map((_, i) => ({
      type: "Feature", id: i, geometry: { type: "MultiLineString", coordinates: model.parts(i) },
      properties: { kv: lines.kv[i], width: WIDTH(lines.kv[i]), dim: this.#isDim("lines", i) },
    })));
    this.#set("nodes", nodes.mrid.map((_, i) => point(i, model.at(i), { kv: nodes.kv[i], busbar: Boolean(nodes.is_busbar[i]), dim: this.#isDim("nodes", i) })));
    this.#set("transformers", transformers.mrid.map((_, i) => point(i, model.at(transformers.high[i]), {
      kv: nodes.kv[transformers.high[i]], offset: [(model.trafoSlot.get(i) ?? 0) * 26, 24],
    })));
    const top = model.levels[0];
    const titled = new Set(model.areas.map(({ station }) => station));
    this.#set("stations", model.stations.map((s, i) => point(i, [s.lon, s.lat], { label: s.label, titled: titled.has(i), rank: s.kv >= top ? 2 : s.kv >= 60 ? 1 : 0 })));
  }

  #isDim(kind, index) { return this.members !== null && !this.members[kind].has(index); }

  #set(source, features) { this.map.getSource(source).setData(collection(features)); }

  /** Draw a new state: only elements whose look changed are touched. */
  update(state) {
    this.state = state;
    for (const kind of LOOKS) this.#updateLooks(kind, state);
    const { switchState } = state.frame;
    if (!this.switches || switchState.some((value, i) => value !== this.switches[i])) this.#updateSwitches(switchState);
    const print = JSON.stringify(state.markers.map((m) => [m.ref.kind, m.ref.index, m.priority, m.state, m.badge]));
    if (print !== this.markerPrint) {
      this.markerPrint = print;
      this.#set("markers", state.markers.map((m, i) => point(i, this.model.position(m.ref), {
        kind: m.ref.kind, index: m.ref.index, priority: m.priority, state: m.state, badge: m.badge,
      })));
    }
  }

  #updateLooks(kind, state) {
    const count = this.model.count(kind);
    const old = this.looks[kind] ??= new Int16Array(count).fill(-1);
    for (let index = 0; index < count; index += 1) {
      const look = state.look({ kind, index });
      if (look === old[index]) continue;
      old[index] = look;
      this.map.setFeatureState({ source: kind, id: index }, {
        supply: look & 3, stale: (look >> 2) & 1, priority: (look >> 3) & 7, direction: (look >> 6) & 3, looped: (look >> 8) & 1,
      });
    }
  }

  #updateSwitches(switchState) {
    this.switches = switchState.slice();
    const { model } = this;
    const { line, at } = model.doc.switches;
    const end = (i) => `${line[i]} ${model.at(at[i])}`;
    const closed = new Set(line.flatMap((l, i) => (l >= 0 && (switchState[i] & 3) === 1 ? [end(i)] : [])));
    this.#set("switches", line.map((l, i) => {
      const ref = { kind: "switches", index: i };
      const position = switchState[i] & 3;
      const bay = l < 0 || (position === 0 && closed.has(end(i)));  // inside a station, or the other busbar of a line that is in
      return point(i, model.position(ref), { kv: model.kv(ref), position, bay, offNormal: (switchState[i] & 128) !== 0 });
    }));
  }

  #at({ x, y }) {
    const box = [[x - TOUCH_PX, y - TOUCH_PX], [x + TOUCH_PX, y + TOUCH_PX]];
    const found = this.map.queryRenderedFeatures(box, { layers: PICK });
    const order = (feature) => PICK.indexOf(feature.layer.id);
    const best = found.sort((a, b) => order(a) - order(b))[0];
    if (!best) return null;
    if (best.source === "titles") return { kind: "stations", index: best.id };
    if (best.source === "markers") return { kind: best.properties.kind, index: best.properties.index };
    return { kind: best.source, index: best.id };
  }

  #hover(event) {
    const ref = event ? this.#at(event.point) : null;
    this.#focus("hover", ref);
    this.map.getCanvas().style.cursor = ref ? "pointer" : "";
    this.onHover(ref, event?.point);
  }

  #focus(name, ref) {
    const before = this.focus[name];
    if (before && LOOKS.includes(before.kind)) this.map.setFeatureState({ source: before.kind, id: before.index }, { [name]: 0 });
    if (ref && LOOKS.includes(ref.kind)) this.map.setFeatureState({ source: ref.kind, id: ref.index }, { [name]: 1 });
    this.focus[name] = ref;
  }

  select(ref) { this.#focus("selected", ref); }
  fit() {
    this.map.fitBounds(this.bounds(), { padding: this.padding(), animate: false });
    this.isFitted = true;
  }

  zoom(step) {
    this.isFitted = false;
    this.map.zoomTo(this.map.getZoom() + step, { animate: false });
  }

  /** Everything stands elsewhere: draw it anew. */
  rearrange() {
    this.#fill();
    this.switches = this.markerPrint = null;
    if (this.state?.frame) this.update(this.state);
    this.fit();
  }

  goTo(ref) {
    this.isFitted = false;
    const far = ref.kind === "lines" && this.model.kv(ref) >= 60 ? 10.5 : 12.5;
    this.map.jumpTo({ center: this.model.position(ref), zoom: Math.max(this.map.getZoom(), far) });
  }

  showLevels(levels) {
    const kept = ["in", ["get", "kv"], ["literal", [...levels]]];
    for (const [id, base] of this.baseFilters) {
      if (/^(lines|flow|nodes|switches|transformers)/.test(id)) this.map.setFilter(id, base ? ["all", base, kept] : kept);
    }
  }

  retheme(colours) {
    this.colours = colours;
    for (const [name, image] of icons(colours, this.ratio)) this.map.updateImage(name, image);
    for (const { id, paint } of layers(colours)) {
      for (const [property, value] of Object.entries(paint ?? {})) this.map.setPaintProperty(id, property, value);
    }
  }
}
