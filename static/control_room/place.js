import { api, get } from "../js/api.js";
import { elementUrl } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { number } from "../js/format.js";
import { BadFrame, decode } from "../js/frame.js";
import { live } from "../js/live.js";
import { drawBar } from "../js/system_strip.js";
import { loadModel } from "./geometry.js";
import { DEAD, GridState, LIVE, UNOBSERVABLE } from "./grid_state.js";
import { suppliedBy } from "./islands.js";
import { makeView } from "./map_view.js";
import { loadingBar, voltageBar } from "./values.js";

export const PLACES = new Set(["Substation", "Feeder"]);
const LEAST_KM = 1;
const MOST_LINES = 8;

/** A substation or a feeder: what is in it, from the frame that the map shows too. */
class Place {
  constructor(element, model) {
    const { nodes, lines, transformers } = model.doc;
    const isStation = element.class === "Substation";
    const own = (column) => column.flatMap((name, i) => (name === element.name ? [i] : []));
    Object.assign(this, { element, model, state: new GridState(model), isStation });
    this.nodes = own(isStation ? nodes.substation : nodes.feeder);
    this.lines = isStation ? [] : own(lines.feeder);
    this.transformers = isStation ? own(transformers.substation) : [];
    this.feeders = [];
  }

  async load() {
    const { doc } = this.model;
    if (this.isStation) {
      const query = new URLSearchParams({ substation: this.element.name, page_size: "200" });
      this.feeders = await get(api(`network/feeders?${query}`)).then(({ results }) => results, () => []);
    }
    for (const feeder of this.feeders) {
      feeder.lines = doc.lines.feeder.flatMap((name, i) => (name === feeder.name ? [i] : []));
      feeder.nodes = doc.nodes.feeder.flatMap((name, i) => (name === feeder.name ? [i] : []));
    }
    if (this.isStation) this.fed = { lines: this.feeders.flatMap(({ lines }) => lines), nodes: this.feeders.flatMap(({ nodes }) => nodes) };
    else this.fed = { lines: this.lines, nodes: this.nodes };
  }

  bounds() {
    const at = [...this.nodes, ...this.fed.nodes, ...this.fed.lines.flatMap((i) => [this.model.doc.lines.from[i], this.model.doc.lines.to[i]])].map((i) => this.model.at(i));
    const [xs, ys] = [at.map(([x]) => x), at.map(([, y]) => y)];
    const room = LEAST_KM / 111 / 2;
    return [Math.min(...xs) - room, Math.min(...ys) - room, Math.max(...xs) + room, Math.max(...ys) + room];
  }

  without(supply, nodes) { return nodes.filter((index) => this.state.supply({ kind: "nodes", index }) === supply).length; }
}

const heading = (text) => h("tr", { class: "section" }, h("th", { colspan: "4", scope: "colgroup" }, text));
const link = (name, mrid) => h("a", { href: elementUrl(mrid) }, name);
const cell = (value, unit, beyond = 0) => h("td", { class: `number value live-value${beyond ? ` alarm-violation alarm-p${beyond}` : ""}` }, number(value, unit), h("span", { class: "unit" }, unit));

function bar(options, beyond = 0) {
  const box = h("span", { class: beyond ? `bar alarm-bar alarm-p${beyond}` : "bar", "aria-hidden": "true" });
  drawBar(box, options);
  return h("td", { class: "bar-cell" }, box);
}

function loadingRow(name, loading, priority, last) {
  return h("tr", {}, h("th", { scope: "row" }, name), cell(loading * 100, "%", priority), bar(loadingBar(loading), priority), last);
}

function voltageRow(place, label, index) {
  const { model, state } = place;
  const ref = { kind: "nodes", index };
  const [low, high] = model.limits(ref);
  const priority = state.priority(ref);
  return h("tr", {}, h("th", { scope: "row" }, label, link(model.name(ref), model.mrid(ref))), cell(state.value(ref)?.pu, "pu", priority),
    bar(voltageBar(state.value(ref)?.pu, [low, high]), priority),
    h("td", { class: "number small muted" }, Number.isFinite(low) ? `${number(low, "pu")} – ${number(high, "pu")}` : ""));
}

function worst(place, kind, indices, field, least = false) {
  const known = indices.filter((index) => Number.isFinite(place.state.value({ kind, index })?.[field]));
  const value = (index) => place.state.value({ kind, index })[field];
  return known.sort((a, b) => (least ? value(a) - value(b) : value(b) - value(a)));
}

function branchRow(place, kind, index) {
  const ref = { kind, index };
  const { loading, kw } = place.state.value(ref) ?? {};
  const dead = place.state.supply(ref) === DEAD;
  const last = dead ? h("td", { class: "number small" }, h("b", { class: "dead" }, "dead")) : h("td", { class: "number small live-value" }, number(kw / 1000, "MW"), h("span", { class: "unit" }, "MW"));
  return loadingRow(link(place.model.name(ref), place.model.mrid(ref)), dead ? NaN : loading, place.state.priority(ref), last);
}

function feederRow(place, feeder) {
  const [top] = worst(place, "lines", feeder.lines, "loading");
  const dead = place.without(DEAD, feeder.nodes);
  const ref = { kind: "lines", index: top };
  const note = dead ? h("b", { class: "dead" }, `${dead} dead`) : `${number(feeder.customers)} customers`;
  return loadingRow(link(feeder.name, feeder.mrid), top === undefined || dead === feeder.nodes.length ? NaN : place.state.value(ref).loading, top === undefined ? 0 : place.state.priority(ref), h("td", { class: "number small muted" }, note));
}

function stationRows(place) {
  return [
    heading("Transformers"), ...place.transformers.map((index) => branchRow(place, "transformers", index)),
    heading("Busbars"), ...place.nodes.map((index) => voltageRow(place, "", index)),
    heading("Feeders, by their most loaded line"), ...place.feeders.map((feeder) => feederRow(place, feeder)),
  ];
}

function feederRows(place) {
  const byVoltage = worst(place, "nodes", place.nodes, "pu", true);
  const marks = byVoltage.length ? [voltageRow(place, "lowest ", byVoltage[0]), voltageRow(place, "highest ", byVoltage.at(-1))] : [];
  const none = h("tr", {}, h("td", { colspan: "4", class: "muted" }, "no live node"));
  return [heading("Voltage"), ...(marks.length ? marks : [none]), heading("Most loaded lines"), ...worst(place, "lines", place.lines, "loading").slice(0, MOST_LINES).map((index) => branchRow(place, "lines", index))];
}

function draw(place) {
  const all = [...new Set([...place.nodes, ...place.fed.nodes])];
  const hidden = all.filter((index) => place.state.supply({ kind: "nodes", index }) === UNOBSERVABLE);
  const islands = hidden.map((index) => suppliedBy({ kind: "nodes", index }, place.model)).filter(Boolean);
  const [dead, unseen] = [place.without(DEAD, all), hidden.length - islands.length];
  const alone = islands.length ? `${islands.length} supplied by ${[...new Set(islands)].join(", ")}` : "";
  const word = byId("supply");
  const lives = place.without(LIVE, all);
  const parts = [dead ? `${dead} of ${all.length} nodes WITHOUT SUPPLY` : "", unseen ? `${unseen} not observable` : "", alone].filter(Boolean);
  setText(word, parts.join(", ") || (lives ? `Live, ${lives} of ${all.length} nodes` : "Supply unknown"));
  word.dataset.supply = dead ? "dead" : unseen || islands.length ? "unobservable" : lives ? "live" : "unknown";
  byId("values").replaceChildren(...(place.isStation ? stationRows(place) : feederRows(place)));
}

export async function startPlace(element) {
  const model = await loadModel();
  model.enlarge(false);
  const place = new Place(element, model);
  await place.load();
  const padding = () => ({ top: 24, right: 24, bottom: 24, left: 24 });
  const members = { lines: new Set(place.fed.lines), nodes: new Set([...place.nodes, ...place.fed.nodes]) };
  const open = (ref, twice) => twice && model.mrid(ref) && location.assign(elementUrl(model.mrid(ref)));
  const view = await makeView({ container: byId("place-map"), model, padding, members, bounds: () => place.bounds(), onPick: open, onHover: (ref) => setText(byId("place-hover"), ref ? model.name(ref) : "") });
  const take = ({ detail }) => {
    try {
      if (!place.state.take(decode(detail))) return;
      view.update(place.state);
      draw(place);
    } catch (error) {
      if (!(error instanceof BadFrame)) throw error;
    }
  };
  live.addEventListener("grid", take);
  if (live.newestGrid) take({ detail: live.newestGrid });
}
