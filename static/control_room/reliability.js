/** SAIDI, SAIFI and their like of a period, from the recorded outages: by feeder, by month, with and without major days. */
import { api, get } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { number } from "../js/format.js";
import { clear, colour, draw } from "./plotly_theme.js";

const DAY_MS = 86400000, SHOWN = 300;
const page = { told: null };
const percent = (share) => (share === null ? number(null) : number(100 * share, "%", 1));
const whole = (value) => number(Number.isFinite(value) ? Math.round(value) : null, "", 0);
const cell = (value, decimals) => h("td", { class: "number" }, decimals ? number(value, "", decimals) : whole(value));
const chosen = (row) => (byId("quiet").checked ? row.without_major_days : row.all);
const asDay = (ms) => new Date(ms).toISOString().slice(0, 10);

function query() {
  const end = Math.min(Date.parse(`${byId("to").value}T00:00:00`) + DAY_MS, Date.now());
  return new URLSearchParams({ from: new Date(`${byId("from").value}T00:00:00`).toISOString(), to: new Date(end).toISOString() });
}

const tile = (name, value, unit, note) => h("div", { class: "panel" }, h("dt", {}, name), h("dd", {}, h("b", {}, value), h("span", { class: "unit" }, unit)), h("dd", { class: "small muted" }, note));

function drawTiles() {
  const { system, customers_served: served } = page.told, one = chosen(system);
  byId("tiles").replaceChildren(
    tile("SAIDI", number(one.saidi_min, "", 2), "min", `with all days ${number(system.all.saidi_min, "", 2)} min`),
    tile("SAIFI", number(one.saifi, "", 3), "", `with all days ${number(system.all.saifi, "", 3)}`),
    tile("CAIDI", number(one.caidi_min, "", 1), "min", "each sustained interruption"),
    tile("MAIFI", number(one.maifi, "", 3), "", `momentary, five minutes at most; events ${number(one.maifi_e, "", 3)}`),
    tile("ASAI", one.asai === null ? number(null) : number(100 * one.asai, "", 4), "%", `${number(served, "", 0)} customers served`),
    tile("ENS", whole(one.ens_kwh), "kWh", "energy not served"),
    tile("CEMI-3", percent(one.cemi[3]), "%", "of the customers with three sustained interruptions or more"));
}

function drawMonths() {
  const months = page.told.months, x = months.map(({ month }) => month);
  const quiet = months.map((one) => one.without_major_days.saidi_min ?? 0);
  const major = months.map((one, n) => Math.max((one.all.saidi_min ?? 0) - quiet[n], 0));
  if (!page.told.outages) {
    clear(byId("months"));
    byId("months").replaceChildren(h("p", { class: "empty" }, "No outage of this period is recorded."));
    return;
  }
  byId("months").querySelector(".empty")?.remove();
  draw(byId("months"), () => ({
    data: [
      { type: "bar", name: "other days", x, y: quiet, marker: { color: colour("--host-2") } },
      { type: "bar", name: "major-event days", x, y: major, marker: { color: colour("--host-3"), pattern: { shape: "/" } } },
    ],
    layout: { barmode: "stack", margin: { l: 56, r: 12, t: 8, b: 44 }, xaxis: { type: "category" }, yaxis: { title: { text: "minutes" }, rangemode: "tozero" }, legend: { orientation: "h", y: 1.12 } },
  }));
}

function drawDays() {
  const { major_days: days, thresholds, causes } = page.told;
  byId("days").replaceChildren(...(days.length ? days.map((one) => h("tr", {}, h("th", { scope: "row" }, one.day), cell(one.saidi_min, 2), cell(one.tmed_min, 2))) : [h("tr", {}, h("td", { colspan: 3, class: "empty" }, "No day of the period is one."))]));
  byId("thresholds").replaceChildren(...thresholds.map((one) => h("li", {}, one.reason ? `${one.year}: ${one.reason}` : `${one.year}: above ${number(one.tmed_min, "", 2)} min a day, from ${one.days} days with interruptions of ${one.fitted_on_years.join(" to ")} (alpha ${number(one.alpha, "", 3)}, beta ${number(one.beta, "", 3)})`)));
  byId("causes").replaceChildren(...causes.map((one) => h("tr", {}, h("th", { scope: "row" }, one.cause), cell(one.outages, 0), cell(one.customer_minutes, 0))));
}

function drawFeeders() {
  const rows = [...page.told.feeders].sort((a, b) => (chosen(b).saidi_min ?? -1) - (chosen(a).saidi_min ?? -1) || a.name.localeCompare(b.name, undefined, { numeric: true }));
  setText(byId("feeders-count"), rows.length > SHOWN ? `first ${SHOWN} of ${rows.length}` : `${rows.length} feeders`);
  byId("feeders").replaceChildren(...rows.slice(0, SHOWN).map((row) => {
    const one = chosen(row);
    return h("tr", {}, h("th", { scope: "row" }, row.name), cell(row.customers_served, 0), cell(row.outages, 0), cell(one.saidi_min, 2), cell(one.saifi, 3), cell(one.caidi_min, 1), cell(one.maifi, 3), cell(one.maifi_e, 3), cell(one.ens_kwh, 0), h("td", { class: "number" }, percent(one.cemi[3])), cell(row.all.saidi_min, 2));
  }));
}

function drawAll() {
  if (!page.told) return;
  const { outages, system } = page.told, open = system.all.open_steps;
  setText(byId("words"), outages ? `${outages} outages are recorded${open ? `; ${open} steps are not over and count up to the end` : ""}.` : "No outage of this period is recorded.");
  drawTiles();
  drawMonths();
  drawDays();
  drawFeeders();
}

export async function refresh() {
  setText(byId("refusal"), "");
  if (!byId("from").value || !byId("to").value) return;
  const asked = query();
  byId("export").href = api(`reliability/outages?${asked}`);
  try {
    page.told = await get(api(`reliability?${asked}`));
    drawAll();
  } catch (error) {
    setText(byId("refusal"), error.message);
  }
}

byId("to").value = asDay(Date.now());
byId("from").value = asDay(Date.now() - 364 * DAY_MS);
byId("period").addEventListener("submit", (event) => { event.preventDefault(); refresh(); });
byId("quiet").addEventListener("change", drawAll);
document.addEventListener("outages-imported", refresh);
refresh();
