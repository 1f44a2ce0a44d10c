import { alarms } from "../js/alarm_store.js";
import { api, get } from "../js/api.js";
import { config, elementUrl, pageData } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { BadFrame, decode } from "../js/frame.js";
import { bind } from "../js/keyboard.js";
import { live } from "../js/live.js";
import { classWord } from "../js/names.js";
import { keepPast } from "../js/past_url.js";
import { tags } from "../js/tag_store.js";
import { openCommand } from "./command.js";
import { Camera } from "./diagram_camera.js";
import { describe } from "./diagram_figures.js";
import { DiagramState } from "./diagram_state.js";
import { DiagramView } from "./diagram_view.js";

const RETRY_MS = 5000;
const MARGIN = { Substation: [90, 110, 90, 130], Feeder: [170, 70, 110, 60] };
const STEP = 1.4;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const READABLE = 0.62;  // below this zoom, a long feeder begins at its source rather than be shown whole
const COMMANDED = new Set(["Breaker", "Recloser", "LoadBreakSwitch", "Disconnector", "Fuse", "PowerTransformer", "GeneratingUnit", "PhotoVoltaicUnit", "PowerElectronicsWindUnit", "BatteryUnit"]);
const given = pageData("diagram-place");
const page = { view: null, camera: null, state: null, newest: null };

function tell(text) {
  setText(byId("diagram-message"), text);
  byId("diagram-message").hidden = !text;
}

const diagramUrl = (mrid) => keepPast(given.url.replace(config.noMrid, mrid));
const target = (symbol) => (symbol.place && symbol.place.mrid !== given.mrid ? diagramUrl(symbol.place.mrid) : elementUrl(symbol.mrid));

function show(symbol) {
  byId("selected-words").textContent = describe(symbol, page.state);
  byId("selected-open").href = elementUrl(symbol.mrid);
  byId("selected-map").href = `${config.urls.overview}?select=${symbol.mrid}`;
  const leads = symbol.place && symbol.place.mrid !== given.mrid;
  byId("selected-place").hidden = !leads;
  if (leads) {
    byId("selected-place").href = diagramUrl(symbol.place.mrid);
    setText(byId("selected-place"), `Diagram of ${symbol.place.name}`);
  }
  byId("selected-links").hidden = false;
  const operate = byId("selected-operate");
  if (!operate) return;
  operate.hidden = !COMMANDED.has(symbol.class);
  operate.onclick = () => openCommand({ mrid: symbol.mrid, name: symbol.name }, operate);
}

function onFocus(symbol, scroll) {
  if (scroll) page.camera.reveal(symbol.x, symbol.y);
  show(symbol);
}

function select(mrid) {
  const found = page.view.byMrid.get(mrid);
  if (!found) return;
  page.camera.centre(found.x, found.y, Math.max(page.camera.k, 1 / (found.item?.symbol.scale ?? 1)));
  if (found.item) page.view.focus(found.item);
}

function listen(svg) {
  svg.addEventListener("focusin", ({ target: node }) => {
    const item = page.view.itemOf(node);
    if (item && item !== page.view.focused) page.view.focus(item);
  });
  svg.addEventListener("keydown", (event) => {
    const way = ARROWS[event.key];
    if (event.key === "+" || event.key === "=") page.camera.zoom(STEP);
    else if (event.key === "-") page.camera.zoom(1 / STEP);
    else if (way && page.view.focused) {
      const next = page.view.next(...way);
      if (next) { page.view.focus(next); next.node.focus({ preventScroll: true }); }
    } else if (event.key === "Enter" && page.view.focused) location.assign(target(page.view.focused.symbol));
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  svg.addEventListener("click", ({ target: node }) => {
    const item = page.view.itemOf(node);
    if (!item) return;
    page.view.focus(item, { scroll: false });
    item.node.focus({ preventScroll: true });
  });
  svg.addEventListener("dblclick", ({ target: node }) => {
    const item = page.view.itemOf(node);
    if (item) location.assign(target(item.symbol));
  });
  svg.addEventListener("pointermove", (event) => hover(page.view.itemOf(event.target), event));
  svg.addEventListener("pointerleave", () => hover(null));
}

function hover(item, event) {
  const card = byId("diagram-hover");
  card.hidden = !item;
  if (!item) return;
  const { symbol } = item;
  const [first, ...rest] = describe(symbol, page.state).split(", ");
  card.replaceChildren(h("b", {}, symbol.name || first), h("div", { class: "small muted" }, classWord(symbol.class)), ...rest.map((words) => h("div", {}, words)));
  const area = card.parentElement.getBoundingClientRect();
  card.style.left = `${Math.min(event.clientX - area.left + 16, area.width - card.offsetWidth - 4)}px`;
  card.style.top = `${Math.min(event.clientY - area.top + 16, area.height - card.offsetHeight - 4)}px`;
}

async function open() {
  let doc;
  try {
    doc = await get(api(`network/diagrams/${given.mrid}`));
  } catch (error) {
    tell(`The diagram cannot be shown: ${error.message}`);
    setTimeout(open, RETRY_MS);
    return;
  }
  if (!doc.symbols.length) {
    tell("Nothing of this place can be drawn: it has no nodes.");
    return;
  }
  draw(doc);
}

function draw(doc) {
  const svg = byId("diagram");
  const [left, top, right, bottom] = MARGIN[doc.class];
  const [x0, y0, x1, y1] = doc.bounds;
  page.state = new DiagramState(doc);
  page.view = new DiagramView({ svg, doc, state: page.state, onFocus });
  page.camera = new Camera({ svg, world: page.view.world, bounds: [x0 - left, y0 - top, x1 + right, y1 + bottom], onMove: (seen) => page.view.seen(seen) });
  if (doc.class === "Feeder" && page.camera.k < READABLE) page.camera.fitWidth();
  page.view.symbols.find(({ symbol }) => symbol.mrid)?.node.setAttribute("tabindex", "0");
  listen(svg);
  tell("");
  takeAlarms();
  takeTags();
  if (page.newest) take(page.newest);
  else page.view.update();
  const wanted = new URLSearchParams(location.search).get("select");
  if (wanted) select(wanted);
}

function take(frame) {
  page.newest = frame;
  if (!page.view) return;
  if (page.state.take(frame)) {
    page.view.update();
    if (page.view.focused) show(page.view.focused.symbol);
  } else if (frame.modelVersion > page.state.doc.model_version) location.reload();  // the network was changed
}

function onGrid({ detail }) {
  try {
    const frame = decode(detail);
    if (live.follows(frame, page.newest)) take(frame);
  } catch (error) {
    if (!(error instanceof BadFrame)) throw error;
  }
}

function takeAlarms() {
  if (!page.view) return;
  page.state.takeAlarms(alarms.sorted());
  page.view.update();
}

function takeTags() {
  if (!page.view) return;
  page.state.takeTags(tags.byEquipment);
  page.view.update();
  if (page.view.focused) show(page.view.focused.symbol);
}

live.addEventListener("grid", onGrid);
if (live.newestGrid) onGrid({ detail: live.newestGrid });
alarms.addEventListener("change", takeAlarms);
tags.addEventListener("change", takeTags);
tags.start();
byId("fit").addEventListener("click", () => page.camera?.fit());
byId("fit-width").addEventListener("click", () => page.camera?.fitWidth());
byId("zoom-in").addEventListener("click", () => page.camera?.zoom(STEP));
byId("zoom-out").addEventListener("click", () => page.camera?.zoom(1 / STEP));
bind("f", () => page.camera?.fit());
bind("w", () => page.camera?.fitWidth());
open();
