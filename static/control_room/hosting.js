/** What each node can take, what breaks beyond it, and how likely a limit breaks as plants come. */
import { api, get, post } from "../js/api.js";
import { config, elementUrl } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { day, instant, minute, number, when } from "../js/format.js";
import { live } from "../js/live.js";
import { chart } from "./hosting_chart.js";
import { HostingMap } from "./hosting_map.js";

const SHOWN = 300, AGAIN_MS = 2000, SLOW_MS = 60000, NOT_FOUND = 404, UNFINISHED = new Set(["queued", "running"]);
const COLUMNS = [["name", "Node"], ["feeder_name", "Feeder"], ["nominal_kv", "kV"], ["capacity_kw", "Fits, kW"], ["limit", "What breaks beyond it"]];
const page = { rows: [], run: null, risk: {}, order: "capacity_kw", up: true, chosen: null, filled: false, timer: 0 };
const map = new HostingMap(choose);
const percent = (value) => `${number(100 * value, "%", 0)} %`;

function compare(a, b) {
  const [x, y] = [a[page.order], b[page.order]];
  const order = typeof x === "number" ? x - y : String(x).localeCompare(String(y), undefined, { numeric: true });
  return (page.up ? order : -order) || a.name.localeCompare(b.name);
}

function head([name, words]) {
  const sorted = page.order === name ? (page.up ? "ascending" : "descending") : null;
  const sort = () => {
    page.up = page.order === name ? !page.up : true;
    page.order = name;
    drawTable();
  };
  const numeric = name === "nominal_kv" || name === "capacity_kw";
  return h("th", { scope: "col", "aria-sort": sorted, class: numeric ? "number" : "" }, h("button", { type: "button", onclick: sort }, words, sorted ? (page.up ? " ▲" : " ▼") : ""));
}

const line = (row) => h("tr", { "aria-selected": String(row.mrid === page.chosen), "data-mrid": row.mrid },
  h("th", { scope: "row" }, h("button", { type: "button", onclick: () => choose(row.mrid, true) }, row.name)), h("td", {}, row.feeder_name || "none"),
  h("td", { class: "number" }, number(row.nominal_kv, "kV", 0)), h("td", { class: "number" }, number(row.capacity_kw, "kW", 0)), h("td", {}, row.sentence));

function drawTable() {
  const feeder = byId("feeder").value;
  const rows = page.rows.filter((row) => !feeder || row.feeder_mrid === feeder).sort(compare);
  byId("nodes-head").replaceChildren(...COLUMNS.map(head));
  byId("nodes").replaceChildren(...rows.slice(0, SHOWN).map(line));
  setText(byId("nodes-count"), rows.length > SHOWN ? `first ${SHOWN} of ${rows.length} nodes` : `${rows.length} nodes`);
}

function drawFeeders() {
  const kept = byId("feeder").value;
  const feeders = new Map(page.rows.filter((row) => row.feeder_mrid).map((row) => [row.feeder_mrid, row.feeder_name]));
  const sorted = [...feeders].sort((a, b) => a[1].localeCompare(b[1], undefined, { numeric: true }));
  byId("feeder").replaceChildren(h("option", { value: "" }, "All feeders"), ...sorted.map(([mrid, name]) => h("option", { value: mrid, selected: mrid === kept }, name)));
}

function drawHours() {
  const { hours } = page.run;
  byId("hours").replaceChildren(...hours.map((one) => h("li", {}, h("b", {}, `${day(instant(one.at))} ${minute(instant(one.at))}`), `${one.why}: load ${number(one.load_kw / 1000, "MW", 1)} MW, solar ${number(one.pv_kw / 1000, "MW", 1)} MW, wind ${number(one.wind_kw / 1000, "MW", 1)} MW, others ${number(one.other_kw / 1000, "MW", 1)} MW`)));
}

const kwAt = (value, kw) => (value === null ? "not reached" : `${percent(value)}: ${number(kw, "kW", 0)} kW`);

function drawRisk() {
  const { risk } = page, box = byId("risk"), feeder = risk.feeders?.find(({ mrid }) => mrid === byId("feeder").value);
  if (!risk.penetration) {
    box.replaceChildren(h("p", { class: "empty" }, "Nothing has been worked out yet."));
    return;
  }
  const of = feeder ?? risk;
  const lines = [{ name: "whole network", values: risk.network }, ...(feeder ? [{ name: feeder.name, values: feeder.share }] : [{ name: "by a voltage", values: risk.by_voltage }, { name: "by a loading", values: risk.by_loading }])];
  box.replaceChildren(
    chart({ x: risk.penetration, lines: lines.map((one) => ({ ...one, values: one.values })), marks: [0.05, 0.5], floor: 0, xText: percent, yText: percent, xWords: "new plants, of what consumers draw at most", label: "Share of the deployments that break a limit, by penetration" }),
    h("dl", {}, h("dt", {}, "5 % risk at"), h("dd", {}, kwAt(of.p5, of.p5_kw)), h("dt", {}, "50 % risk at"), h("dd", {}, kwAt(of.p50, of.p50_kw))),
    h("p", { class: "small muted" }, `${feeder ? feeder.name : "The whole network"}; 100 % is ${number(of.reference_kw, "kW", 0)} kW. ${page.run.options.deployments} deployments, seed ${page.run.seed}. Choose a feeder in the table to see its own.`));
}

function courseChart(row) {
  const { kw, own_pu: own, value } = row.course;
  const isVoltage = row.unit === "pu";
  const charts = [chart({ x: kw, lines: [{ name: "voltage here, pu", values: own }, ...(isVoltage && row.element_mrid !== row.mrid ? [{ name: "where it breaks", values: value }] : [])], marks: isVoltage ? [row.allowed] : [], at: row.capacity_kw, xText: (v) => number(v, "kW", 0), yText: (v) => number(v, "pu", 3), xWords: "kW added here", label: `Voltage by kW added at ${row.name}` })];
  if (row.unit === "%") charts.push(chart({ x: kw, lines: [{ name: row.limit === "rise" ? "rise, %" : "loading, %", values: value }], marks: [row.allowed], at: row.capacity_kw, xText: (v) => number(v, "kW", 0), yText: (v) => number(v, "%", 0), xWords: "kW added here", label: `What breaks, by kW added at ${row.name}` }));
  return charts;
}

async function drawChosen() {
  const mrid = page.chosen, box = byId("chosen");
  if (!mrid || !page.run) return;
  try {
    const row = await get(api(`renewables/hosting/${page.run.id}/nodes/${mrid}`));
    if (mrid !== page.chosen) return;
    const hour = page.run.hours[row.hour];
    box.replaceChildren(h("header", {}, h("h2", {}, h("a", { href: elementUrl(row.mrid) }, row.name)), h("span", { class: "muted small" }, row.feeder_name)),
      h("dl", {}, h("dt", {}, "Fits, kW"), h("dd", {}, number(row.capacity_kw, "kW", 0)), h("dt", {}, "Nominal, kV"), h("dd", {}, number(row.nominal_kv, "kV", 0))),
      h("p", {}, row.sentence), ...(row.course.kw.length ? courseChart(row) : []),
      ...(hour ? [h("p", { class: "small muted" }, `In the hour of ${day(instant(hour.at))} ${minute(instant(hour.at))}: ${hour.why}.`)] : []));
  } catch (error) {
    box.replaceChildren(h("header", {}, h("h2", {}, "Chosen node")), h("p", { class: "empty" }, error.message));
  }
}

function choose(mrid, move = false) {
  page.chosen = mrid;
  for (const row of byId("nodes").children) row.setAttribute("aria-selected", String(row.dataset.mrid === mrid));
  if (!move) byId("nodes").querySelector(`[data-mrid="${mrid}"]`)?.scrollIntoView({ block: "nearest" });
  map.goTo(mrid);
  drawChosen();
}

function fill(options) {
  const form = byId("hosting-form");
  if (!form || page.filled || !options) return;
  page.filled = true;
  for (const [name, value] of Object.entries(options)) if (form.elements[name]) form.elements[name].value = value;
}

function drawProgress(asked) {
  const busy = asked && UNFINISHED.has(asked.outcome), box = byId("hosting-progress");
  if (box) setText(box, busy ? `${asked.outcome_label}: ${percent(asked.progress)}` : asked && asked.id !== page.run?.id ? `${asked.outcome_label}. ${asked.text}` : "");
  const button = byId("hosting-form")?.querySelector("button");
  if (button) button.disabled = busy;
  return busy;
}

function draw(told) {
  Object.assign(page, { run: told.run, rows: told.nodes, risk: told.risk });
  fill(told.run?.options ?? told.defaults);
  setText(byId("hosting-text"), told.run ? told.run.text : "Nothing has been worked out yet: it is done each night, or ask for it at the right.");
  setText(byId("hosting-run"), told.run ? `Worked out ${when(instant(told.run.finished_at), live.now())} in ${number(told.run.duration_ms / 1000, "s", 0)} s${told.run.asked_by ? `, asked by ${told.run.asked_by}` : ""}; network ${told.run.network_version}` : "");
  drawFeeders();
  drawTable();
  drawRisk();
  if (told.run) drawHours();
  map.show(told.nodes);
  drawChosen();
}

async function refresh() {
  clearTimeout(page.timer);
  let busy = false;
  try {
    const asked = await get(api("renewables/hosting/run")).catch((error) => { if (error.status === NOT_FOUND) return null; throw error; });
    busy = asked !== null && UNFINISHED.has(asked.outcome);
    if (!page.loaded || (!busy && asked?.id !== page.seen)) {
      draw(await get(api("renewables/hosting")));
      page.loaded = true;
      page.seen = busy ? null : asked?.id;
    }
    drawProgress(asked);
  } catch (error) {
    setText(byId("hosting-text"), error.message);
  }
  if (!config?.past) page.timer = setTimeout(refresh, busy ? AGAIN_MS : SLOW_MS);
}

async function ask(event) {
  event.preventDefault();
  const fields = [...new FormData(event.target)].map(([name, value]) => [name, name === "reactive" ? value : Number(value)]);
  setText(byId("hosting-refusal"), "");
  try {
    await post(api("renewables/hosting"), Object.fromEntries(fields));
  } catch (error) {
    setText(byId("hosting-refusal"), error.message);
  }
  refresh();
}

byId("hosting-form")?.addEventListener("submit", ask);
byId("feeder").addEventListener("change", () => { drawTable(); drawRisk(); });
map.open();
refresh();
