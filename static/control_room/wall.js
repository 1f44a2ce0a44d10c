import { alarms } from "../js/alarm_store.js";
import { brief, symbol } from "../js/alarm_view.js";
import { api, get } from "../js/api.js";
import { startClock } from "../js/clock.js";
import { config, pageData } from "../js/config.js";
import { byId, h, setText, svg } from "../js/dom.js";
import { number } from "../js/format.js";
import { BadFrame, asOf, decode } from "../js/frame.js";
import { live } from "../js/live.js";
import { startLiveness } from "../js/liveness.js";
import { deviceOf } from "../js/names.js";
import { tags } from "../js/tag_store.js";
import { Camera } from "./diagram_camera.js";
import { DiagramState } from "./diagram_state.js";
import { DiagramView } from "./diagram_view.js";
import { loadModel } from "./geometry.js";
import { GridState } from "./grid_state.js";
import { makeView } from "./map_view.js";

const RETRY_MS = 10_000;
const MOST_ALARMS = 5;
const SHIFT_MS = 30_000;  // one pixel each: 2 px a minute
const SHIFT = 12;         // pixels out and back
const FIGURES = [
  ["Load", "load_kw", "MW", 1000], ["Generation", "generation_kw", "MW", 1000], ["Import", "import_kw", "MW", 1000],
  ["Lowest", "min_voltage_pu", "pu", 1], ["Highest", "max_voltage_pu", "pu", 1], ["Top loading", "max_loading_percent", "%", 1],
  ["Customers off", "customers_without_supply", "", 1],
];
const place = pageData("wall-place");
const page = { take: () => true, alarms: () => {}, newest: null };

async function diagram() {
  const doc = await get(api(`network/diagrams/${place.mrid}`));
  const root = svg("svg", { class: "diagram", role: "img", "aria-label": `One-line diagram of ${place.name}` });
  byId("wall-picture").replaceChildren(root);
  const state = new DiagramState(doc);
  const view = new DiagramView({ svg: root, doc, state, interactive: false });
  const [x0, y0, x1, y1] = doc.bounds;
  new Camera({ svg: root, world: view.world, bounds: [x0 - (place.class === "Feeder" ? 170 : 40), y0 - 115, x1 + 110, y1 + 130], onMove: (seen) => view.seen(seen), interactive: false });
  page.take = (frame) => { const fits = state.take(frame); if (fits) view.update(); return fits; };
  page.alarms = () => { state.takeAlarms(alarms.sorted()); view.update(); };
  tags.addEventListener("change", () => { state.takeTags(tags.byEquipment); view.update(); });
  tags.start();
}

async function map() {
  const model = await loadModel();
  const state = new GridState(model);
  const container = h("div", { class: "map" });
  byId("wall-picture").replaceChildren(container);
  const padding = () => ({ top: 20, right: 20, bottom: 20, left: 20 });
  const view = await makeView({ rem: innerHeight / 640, container, model, padding, onPick() {}, onHover() {} });
  page.take = (frame) => { const fits = state.take(frame); if (fits) view.update(state); return fits; };
  page.alarms = () => { state.derive(); if (state.frame) view.update(state); };
}

async function open() {
  try {
    await (place ? diagram() : map());
  } catch (error) {
    byId("wall-picture").replaceChildren(h("p", {}, `No picture: ${error.message}`));
    setTimeout(open, RETRY_MS);
    return;
  }
  page.alarms();
  if (page.newest) take(page.newest);
}

function take(frame) {
  page.newest = frame;
  if (!page.take(frame)) location.reload();  // the network was changed: take the new one
}

function onGrid(buffer) {
  live.sawGrid(asOf(buffer));
  try {
    take(decode(buffer));
  } catch (error) {
    if (!(error instanceof BadFrame)) throw error;
  }
}

function drawFigures(system) {
  const known = system.outcome === "solved";
  byId("wall-figures").replaceChildren(...FIGURES.map(([label, key, unit, by]) => h("div", {},
    h("dt", {}, label), h("dd", { class: "live-value" }, number(known && system[key] !== null ? system[key] / by : null, unit === "MW" ? "%" : unit), h("span", { class: "unit" }, unit)))));
  live.sawOutcome(system);
}

function drawAlarms() {
  page.alarms();
  if (!byId("wall-alarms")) return;
  const all = alarms.sorted();
  const open = all.filter(({ state }) => state !== "acknowledged").length;
  setText(byId("wall-count"), all.length ? `${open} of ${all.length} to ack` : "0 alarms");
  byId("wall-alarms").replaceChildren(...all.slice(0, MOST_ALARMS).map((alarm) => h("li", {}, symbol(alarm.priority, alarm.state),
    h("span", { class: "wall-where" }, deviceOf(alarm.equipment_name)), h("span", {}, brief(alarm)))));
  fitAlarms();
}

/** Only whole rows: half a name cannot be read, and the number of all stands above. */
function fitAlarms() {
  const list = byId("wall-alarms");
  while (list.children.length > 1 && list.parentElement.scrollHeight > list.parentElement.clientHeight) list.lastChild.remove();
}

/** The whole picture wanders a pixel at a time, so that no edge burns in. */
function startShift() {
  let step = 0;
  const there = (n) => { const at = n % (2 * SHIFT); return at < SHIFT ? at : 2 * SHIFT - at; };
  setInterval(() => {
    step += 1;
    byId("wall-sheet").style.transform = `translate(${there(step) - SHIFT / 2}px, ${there(Math.floor(step / SHIFT)) - SHIFT / 2}px)`;
  }, SHIFT_MS);
}

startClock();
startLiveness();
startShift();
if (config.mayViewAlarms) {
  alarms.addEventListener("change", drawAlarms);
  alarms.start();
}
live.addEventListener("grid", ({ detail }) => onGrid(detail));
const system = ({ detail }) => detail.topic === "system" && detail.data && drawFigures(detail.data);
live.addEventListener("data", system);
live.addEventListener("snapshot", system);
const scheme = location.protocol === "https:" ? "wss" : "ws";
live.start(`${scheme}://${location.host}${config.urls.live}`, config.topics);
open();
