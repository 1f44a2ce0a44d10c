import { alarms } from "../js/alarm_store.js";
import { api, get } from "../js/api.js";
import { elementUrl } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { BadFrame, decode } from "../js/frame.js";
import { bind } from "../js/keyboard.js";
import { live } from "../js/live.js";
import { keepPast } from "../js/past_url.js";
import { loadModel } from "./geometry.js";
import { GridState } from "./grid_state.js";
import { showHover } from "./hover.js";
import { drawLegend } from "./legend.js";
import { makeView } from "./map_view.js";
import { SidePanel } from "./side_panel.js";

const RETRY_MS = 5000;
const REFRESH_MS = 2000;
const page = { model: null, state: null, view: null, panel: null, newest: null, refreshedAt: 0 };

function tell(text) {
  setText(byId("map-message"), text);
  byId("map-message").hidden = !text;
}

function choose(ref, open = false) {
  if (!page.view) return;
  if (open && page.model.mrid(ref)) {
    location.assign(elementUrl(page.model.mrid(ref)));
    return;
  }
  page.view.select(ref);
  page.panel.show(ref);
  const mrid = ref && page.model.mrid(ref);
  history.replaceState(null, "", keepPast(mrid ? `${location.pathname}?select=${mrid}` : location.pathname));
}

function goTo(ref) {
  choose(ref);
  page.view.goTo(ref);
}

function credit() {
  const { doc, isEnlarged } = page.model;
  const note = doc.schematic ? "Schematic layout: positions are computed, not surveyed. "
    : isEnlarged ? "Grids enlarged: each true to scale in itself, the ground between them shrunk. " : "";
  setText(byId("credit"), `${note}Network ${doc.source}`);
  byId("credit").title = doc.licence;
}

const ENLARGED = "gridops-enlarged";

function drawEnlarged() {
  const button = byId("enlarge");
  button.hidden = !page.model.arranged;
  button.setAttribute("aria-pressed", String(page.model.isEnlarged));
}

function enlarge(on) {
  if (!page.model?.arranged) return;
  localStorage.setItem(ENLARGED, on ? "on" : "off");
  page.model.enlarge(on);
  page.view?.rearrange();
  drawEnlarged();
  credit();
}

/** What stands over the map's edges. */
function padding() {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const legend = byId("legend").hidden ? 0 : byId("legend").offsetWidth;
  return { top: 3 * rem, right: rem, bottom: 1.75 * rem, left: legend ? legend + 1.5 * rem : rem };
}

function drawVoltages() {
  const { levels } = page.model;
  const shown = new Set(levels);
  byId("voltages").replaceChildren(...levels.map((kv) => h("button", {
    type: "button", "aria-pressed": "true",
    onclick: ({ currentTarget }) => {
      if (!shown.delete(kv)) shown.add(kv);
      currentTarget.setAttribute("aria-pressed", String(shown.has(kv)));
      page.view.showLevels(shown);
    },
  }, `${kv} kV`)));
}

const optionsOf = (model) => ({
  container: byId("map"), model, onPick: choose, padding,
  onHover: (ref, at) => showHover(ref, at, model, page.state),
});

async function open() {
  try {
    page.model = await loadModel();
  } catch (error) {
    tell(`The network cannot be shown: ${error.message}`);
    setTimeout(open, RETRY_MS);
    return;
  }
  if (!page.model.count("nodes")) {
    tell("No network has been imported yet.");
    return;
  }
  page.state = new GridState(page.model);
  page.panel = new SidePanel({ model: page.model, state: page.state, choose: goTo });
  if (localStorage.getItem(ENLARGED) === "off") page.model.enlarge(false);
  credit();
  drawEnlarged();
  drawLegend(page.model);
  drawVoltages();
  page.panel.show(null);
  page.view = await makeView(optionsOf(page.model));
  tell("");
  if (page.newest) take(page.newest);
  const wanted = page.model.byMrid.get(new URLSearchParams(location.search).get("select"));
  if (wanted) goTo(wanted);
}

function redraw() {
  if (!page.view || !page.state?.frame) return;
  page.view.update(page.state);
  page.panel.drawAbnormal();
}

/** The network was changed. A frame alone does not say which version is the newer one: the server does. */
async function takeNewNetwork() {
  if (performance.now() - (page.askedAt ?? -Infinity) < REFRESH_MS) return;
  page.askedAt = performance.now();
  const current = await get(api("network")).catch(() => null);
  if (current && current.model_version !== page.model.version) location.reload();
}

function take(frame) {
  page.newest = frame;
  if (!page.view) return;
  if (!page.state.take(frame)) {
    if (frame.modelVersion !== page.model.version) takeNewNetwork();
    return;
  }
  redraw();
  if (performance.now() - page.refreshedAt > REFRESH_MS) {
    page.refreshedAt = performance.now();
    page.panel.refresh();
  }
}

function onGrid({ detail }) {
  try {
    const frame = decode(detail);
    if (live.follows(frame, page.newest)) take(frame);
  } catch (error) {
    if (!(error instanceof BadFrame)) throw error;
  }
}

function toggleLegend() {
  const legend = byId("legend");
  legend.hidden = !legend.hidden;
  byId("legend-toggle").setAttribute("aria-expanded", String(!legend.hidden));
  localStorage.setItem("gridops-legend", legend.hidden ? "off" : "on");
  page.view?.fit();
}

live.addEventListener("grid", onGrid);
if (live.newestGrid) onGrid({ detail: live.newestGrid });
alarms.addEventListener("change", () => { page.state?.derive(); redraw(); page.panel?.drawSelected(); });
addEventListener("gridops:system", ({ detail }) => {
  if (!page.panel) return;
  page.panel.system = detail;
  page.panel.takeDoubts(detail.doubtful_switches ?? 0).catch(() => {});
});
byId("fit").addEventListener("click", () => page.view?.fit());
byId("zoom-in").addEventListener("click", () => page.view?.zoom(1));
byId("zoom-out").addEventListener("click", () => page.view?.zoom(-1));
byId("legend-toggle").addEventListener("click", toggleLegend);
bind("f", () => page.view?.fit());
bind("l", toggleLegend);
byId("enlarge").addEventListener("click", () => enlarge(!page.model.isEnlarged));
bind("e", () => enlarge(!page.model?.isEnlarged));
if (localStorage.getItem("gridops-legend") === "off") toggleLegend();
open();
