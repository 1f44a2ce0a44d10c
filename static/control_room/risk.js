/** What may fail in the next 72 hours, who would lose supply, where crews should wait, how well it was foreseen. */
import { api, get, post } from "../js/api.js";
import { config, elementUrl } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { instant, isKnown, number, when } from "../js/format.js";
import { live } from "../js/live.js";
import { RiskMap } from "./risk_map.js";
import { drawBasis, drawCrews, drawSkill, drawStorm } from "./risk_side.js";

const SHOWN = 300, SLOW_MS = 60000, SOON_MS = 4000, HOUR_MS = 3600000, KINDS = ["overhead", "cable", "transformer"];
const COLUMNS = [["name", "Asset"], ["feeder_name", "Feeder"], ["p", "Chance of failing"], ["band", "P10 to P90"], ["customers", "Customers"], ["expected", "Expected to lose supply"], ["health", "Health, 0.5 new to 10"]];
const page = { run: null, rows: [], values: new Map(), order: "expected", up: false, chosen: null };
const percent = (value) => `${number(100 * value, "", value < 0.001 ? 3 : 2)} %`;
const map = new RiskMap(choose, percent);
const hour = () => Number(byId("hour").value) - 1;

/** Of the chosen hour, or of all. */
const chance = (row) => (hour() < 0 ? row.p : -Math.expm1(-page.run.rates[KINDS.indexOf(row.kind)][row.place][hour()] * row.load));
const valueOf = (row, name) => (name === "p" ? page.values.get(row.mrid) : name === "expected" ? page.values.get(row.mrid) * row.customers : name === "band" ? row.p_high : row[name]);

function compare(a, b) {
  const [x, y] = [valueOf(a, page.order), valueOf(b, page.order)];
  if (!isKnown(x) || !isKnown(y)) return isKnown(x) ? -1 : isKnown(y) ? 1 : 0;
  const order = typeof x === "number" ? x - y : String(x).localeCompare(String(y), undefined, { numeric: true });
  return (page.up ? order : -order) || a.name.localeCompare(b.name);
}

function head([name, words]) {
  const sorted = page.order === name ? (page.up ? "ascending" : "descending") : null;
  const sort = () => {
    page.up = page.order === name ? !page.up : name.endsWith("name");
    page.order = name;
    drawTable();
  };
  return h("th", { scope: "col", "aria-sort": sorted, class: name.endsWith("name") ? "" : "number" }, h("button", { type: "button", onclick: sort }, words, sorted ? (page.up ? " ▲" : " ▼") : ""));
}

const cell = (words) => h("td", { class: "number" }, words);
const line = (row) => h("tr", { "aria-selected": String(row.mrid === page.chosen) },
  h("th", { scope: "row" }, h("button", { type: "button", onclick: () => choose(row.mrid, true) }, row.name)), h("td", {}, row.feeder_name || "none"),
  cell(percent(page.values.get(row.mrid))), cell(hour() < 0 ? `${percent(row.p_low)} to ${percent(row.p_high)}` : "of all hours only"), cell(number(row.customers, "", 0)),
  cell(number(page.values.get(row.mrid) * row.customers, "", 2)), cell(isKnown(row.health) ? number(row.health, "", 1) : "age not known"));

function drawTable() {
  const kind = byId("kind").value;
  const rows = page.rows.filter((row) => !kind || row.kind === kind).sort(compare);
  byId("elements-head").replaceChildren(...COLUMNS.map(head));
  byId("elements").replaceChildren(...rows.slice(0, SHOWN).map(line));
  setText(byId("elements-count"), rows.length > SHOWN ? `first ${SHOWN} of ${rows.length}` : `${rows.length}`);
}

function limits() {
  const sorted = [...page.values.values()].sort((a, b) => a - b);
  const at = (share) => Number(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toPrecision(2));
  return sorted.length ? [...new Set([0.5, 0.8, 0.95].map(at))].filter((one) => one > 0) : [];
}

function drawHour() {
  const begin = page.run ? instant(page.run.starts_at) + hour() * HOUR_MS : 0;
  setText(byId("hour-text"), hour() < 0 ? "all 72 h" : `the hour from ${when(begin, live.now())}`);
  if (!page.run) return;
  page.values = new Map(page.rows.map((row) => [row.mrid, chance(row)]));
  drawTable();
  map.show(page.rows, page.values, limits());
}

function choose(mrid, move = false) {
  page.chosen = mrid;
  drawTable();
  drawChosen();
  if (move) map.goTo(mrid);
}

function drawChosen() {
  const row = page.rows.find((one) => one.mrid === page.chosen);
  if (!row) return;
  const factors = Object.entries(row.factors).map(([name, value]) => `${name} × ${number(value, "", 2)}`);
  const facts = [["Chance in 72 h", `${percent(row.p)} (${percent(row.p_low)} to ${percent(row.p_high)})`], ["Customers", number(row.customers, "", 0)], ["Its own factors", factors.join(", ") || "none"],
    ["Health", isKnown(row.health) ? `${number(row.health, "", 1)} of 10` : "not known"], ["Rests on", row.rests_on.join(", ") || "nothing"], ["Not known", row.missing.join(", ") || "nothing"]];
  byId("chosen").replaceChildren(h("header", {}, h("h2", {}, h("a", { href: elementUrl(row.mrid) }, row.name))), h("dl", {}, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])));
}

async function drawStaged() {
  const crews = byId("crews").value;
  if (!page.run || !/^\d+$/.test(crews)) return;
  try {
    drawCrews(await get(api(`resilience/risk/staging?crews=${crews}`)));
  } catch (error) {
    setText(byId("crews-text"), error.message);
  }
}

function said(told) {
  if (told.asked && told.asked.outcome !== "done") return told.asked.reason;
  return told.run ? `${number(told.run.customers.p50, "", 0)} customers may lose supply, ${number(told.run.customers.p10, "", 0)} to ${number(told.run.customers.p90, "", 0)}` : "Nothing has been worked out yet: it is done each hour.";
}

async function refresh() {
  try {
    const told = await get(api("resilience/risk"));
    setText(byId("risk-text"), said(told));
    drawSkill(told.standing);
    if (told.run && told.run.id !== page.run?.id) {
      Object.assign(page, { run: told.run, rows: told.elements });
      setText(byId("risk-run"), `Worked out ${when(instant(told.run.as_of), live.now())} in ${number(told.run.duration_ms / 1000, "", 1)} s; network ${told.run.network_version}`);
      drawStorm(told.run);
      drawBasis(told.run);
      drawHour();
      drawChosen();
      drawStaged();
    }
  } catch (error) {
    setText(byId("risk-text"), error.message);
  }
}

async function ask() {
  try {
    setText(byId("risk-text"), (await post(api("resilience/risk"), {})).detail);
    setTimeout(refresh, SOON_MS);
  } catch (error) {
    setText(byId("risk-text"), error.message);
  }
}

byId("hour").addEventListener("input", drawHour);
byId("kind").addEventListener("change", drawTable);
byId("crews").addEventListener("change", drawStaged);
byId("risk-ask")?.addEventListener("click", ask);
map.open();
refresh();
if (!config?.past) setInterval(refresh, SLOW_MS);
