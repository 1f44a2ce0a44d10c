import { alarms } from "../js/alarm_store.js";
import { STATE, refreshAges, symbol } from "../js/alarm_view.js";
import { api, get } from "../js/api.js";
import { elementUrl, pageData } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { age, instant, number, precise, time } from "../js/format.js";
import { live } from "../js/live.js";
import { classWord, quantityWord, sideWord, stateWord } from "../js/names.js";
import { PLACES, startPlace } from "./place.js";
import { drawConnected, drawSheet } from "./surroundings.js";
import { Trends } from "./trends.js";
import { supplyWord } from "./islands.js";
import { limitText, pageScale, provenanceMark, valueBar, valueRow } from "./values.js";

const REFRESH_MS = 1900;
const OWN = new Set(["ConnectivityNode", "ACLineSegment", "PowerTransformer"]);
const POSITIONS = ["open", "closed", "intermediate", "unknown"];
const INVALID = 3;  // the two low bits of a quality: 0 is good
const element = pageData("element");
const isPlace = PLACES.has(element.class);
const trends = isPlace ? null : new Trends(element.mrid);
let known = null;
let askedAt = -Infinity;
let ticket = 0;

function pointRow(point, scaleFor) {
  const scale = scaleFor(point.unit);
  const isSwitch = point.quantity === "switch_state";
  const shown = isSwitch ? POSITIONS[point.value] ?? "–" : stateWord(point.quantity, point.value) ?? number(point.value === null ? null : point.value / scale.by, scale.unit);
  const at = instant(point.at);
  const bad = (point.quality & INVALID) !== 0;
  const mark = point.is_stale ? "stale" : point.value === null ? "none" : "measured";
  const side = point.side ? h("span", { class: "muted" }, ` ${sideWord(point.side)}`) : "";
  return h("tr", { title: point.name },
    h("th", { scope: "row" }, quantityWord(point.quantity), side),
    h("td", { class: "number value live-value" }, shown, bad ? " ?" : "", h("span", { class: "unit" }, scale.unit)),
    h("td", { class: "bar-cell" }, valueBar(point)), h("td", { class: "number small muted" }, isSwitch ? "" : limitText(point, scale)),
    h("td", { class: "mark-cell" }, provenanceMark(bad ? "bad" : mark)),
    h("td", { class: "number small muted", title: at ? precise(at) : "" }, h("span", { "data-since": at }, at ? age((live.now() - at) / 1000) : "–")));
}

/** Three voltages to ground and their unbalance; nothing where the network says nothing of its phases. */
function phaseRows({ phases, voltage_unbalance_percent: unbalance, phases_basis: basis }) {
  if (!basis) return [];
  const row = (name, value, unit, provenance) => h("tr", { title: basis },
    h("th", { scope: "row" }, name),
    h("td", { class: "number value live-value" }, number(value, unit), h("span", { class: "unit" }, unit)),
    h("td", { class: "bar-cell" }), h("td", {}), h("td", { class: "mark-cell" }, provenanceMark(provenance)), h("td", {}));
  const rows = phases.map(({ phase, voltage_pu: voltage, provenance }) => row(`Voltage, phase ${phase}`, voltage, "pu", provenance));
  const last = rows.length ? row("Unbalance", unbalance, "%", phases[0].provenance) : h("tr", {}, h("td", { colspan: "6", class: "muted" }, basis));
  return [section("Each phase to ground"), ...rows, last];
}

const section = (text) => h("tr", { class: "section" }, h("th", { colspan: "6", scope: "colgroup" }, text));

function draw() {
  const { supply, values, points } = known;
  const scaleFor = pageScale([...values, ...points]);
  const word = byId("supply");
  setText(word, supplyWord(supply, known.supplied_by));
  word.dataset.supply = supply;
  byId("values").replaceChildren(
    section(OWN.has(element.class) ? "Estimated state" : "Estimated state of its node"), ...values.map((value) => valueRow(value, scaleFor)),
    ...(values.length ? [] : [h("tr", {}, h("td", { colspan: "6", class: "muted" }, "0 estimated values"))]),
    ...phaseRows(known),
    section("Measurements"), ...points.map((point) => pointRow(point, scaleFor)),
    ...(points.length ? [] : [h("tr", {}, h("td", { colspan: "6", class: "muted" }, "0 measurements: no meter here"))]),
  );
}

function drawAlarms() {
  const own = alarms.sorted().filter(({ equipment_mrid: mrid, path }) => mrid === element.mrid || (isPlace && path.split(" / ").includes(element.name)));
  const at = alarms.checkedAt ? time(alarms.checkedAt) : "–";
  const rows = own.map((alarm) => h("li", { class: "own-alarm" }, symbol(alarm.priority, alarm.state), h("span", {}, alarm.message), h("span", { class: "small" }, STATE[alarm.state].short)));
  byId("own-alarms")?.replaceChildren(...(rows.length ? [h("ul", {}, rows)] : [h("p", { class: "empty" }, `0 active, last check ${at}`)]));
}

async function refresh() {
  if (performance.now() - askedAt < REFRESH_MS) return;
  askedAt = performance.now();
  const mine = ++ticket;
  try {
    const newest = await get(api(`state/elements/${element.mrid}`));
    if (mine !== ticket) return;
    known = newest;
    setText(byId("element-fault"), "");
    draw();
    trends.append(known);
  } catch (error) {
    if (mine === ticket) setText(byId("element-fault"), error.message);
  }
}

async function choose(button) {
  for (const other of byId("ranges").children) other.setAttribute("aria-pressed", String(other === button));
  if (!known) return;
  try {
    await trends.load(known, Number(button.dataset.seconds));
  } catch (error) {
    if (button.getAttribute("aria-pressed") === "true") byId("trends").replaceChildren(h("p", { class: "empty" }, `The trend cannot be shown: ${error.message}`));
  }
}

function tell(error) { setText(byId("element-fault"), error.message); }

alarms.addEventListener("change", drawAlarms);
alarms.addEventListener("checked", drawAlarms);
drawAlarms();
setInterval(() => refreshAges(byId("values")), 1000);
setText(byId("element-class"), classWord(element.class));
drawConnected(element, elementUrl);
drawSheet(element);
if (isPlace) startPlace(element).catch(tell);
else {
  live.addEventListener("grid", refresh);
  live.addEventListener("jump", () => {
    askedAt = -Infinity;
    refresh().then(() => choose(byId("ranges").querySelector("[aria-pressed=true]")));
  });
  for (const button of byId("ranges").children) button.addEventListener("click", () => choose(button));
  refresh().then(() => choose(byId("ranges").querySelector("[aria-pressed=true]")));
}
