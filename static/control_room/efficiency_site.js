/** One site of efficiency: its shape with the fitted model, its ranking, its verified saving. */
import { api, exchange, get, reason } from "../js/api.js";
import { byId, h, setText, svg } from "../js/dom.js";
import { isKnown, number } from "../js/format.js";
import { live } from "../js/live.js";
import { PriceChart } from "./price_chart.js";

const DAY_S = 86_400, WEEK_H = 168;
export const mayManage = document.querySelector(".efficiency").dataset.mayManage === "yes";
const shapeChart = new PriceChart(byId("shape-chart"), byId("shape-reading"), "kWh", ["metered", "model"]);
const savingChart = new PriceChart(byId("saving-chart"), byId("saving-reading"), "kWh", ["metered", "without the measure"]);
let site = null, refresh = () => {}, act = () => {};

export const chosen = () => site;
export function bring(again, doing) { refresh = again; act = doing; }

const amount = (value, unit, decimals) => `${number(value, unit, decimals)}\u2009${unit}`;
const kwh = (value) => (isKnown(value) ? amount(value, "kWh", 0) : "not known");
const kw = (value) => amount(value, "kW", 1);
const celsius = (value) => (isKnown(value) ? amount(value, "°C", 1) : "none");
const facts = (box, rows) => box.replaceChildren(...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
const second = (day) => Date.parse(`${day}T00:00:00Z`) / 1000;

/** Every day from the first to the last, so that days without a reading stay gaps. */
function filled(rows, names) {
  const from = second(rows[0].day), to = second(rows.at(-1).day), by = new Map(rows.map((one) => [second(one.day), one]));
  const t = Array.from({ length: Math.round((to - from) / DAY_S) + 1 }, (_, n) => from + n * DAY_S);
  return { t, values: names.map((name) => t.map((at) => by.get(at)?.[name] ?? null)) };
}

function draw(chart, box, rows, whole, dashed) {
  box.hidden = rows.length < 2;
  if (box.hidden) return;
  const { t, values } = filled(rows, [whole, dashed]);
  chart.draw({ t, whole: values[0], dashed: values[1], step: DAY_S, now: live.now() / 1000 });
}

function drawWeek(week) {
  const top = Math.max(...week.filter(isKnown), 0) || 1, at = (value) => 40 - (38 * Math.max(value, 0)) / top;
  const path = week.map((value, hour) => (isKnown(value) ? `${isKnown(week[hour - 1]) ? "L" : "M"}${hour},${at(value).toFixed(2)}` : "")).join("");
  const days = Array.from({ length: 8 }, (_, n) => svg("line", { x1: n * 24, x2: n * 24, y1: 0, y2: 40 }));
  const words = `Mean week, Monday to Sunday, up to ${kw(top)}`;
  byId("week").replaceChildren(h("p", { class: "muted small" }, words), svg("svg", { viewBox: `0 0 ${WEEK_H} 40`, preserveAspectRatio: "none", role: "img", "aria-label": words }, ...days, svg("path", { d: path })));
  byId("week").hidden = false;
}

function showShape(found) {
  const { shape } = found;
  byId("week").hidden = !shape;
  draw(shapeChart, byId("shape-chart"), found.by_day, "kwh", "model_kwh");
  if (!shape) { byId("facts").replaceChildren(); return; }
  drawWeek(shape.week_kw);
  const model = shape.model;
  facts(byId("facts"), [
    ["A year", kwh(shape.yearly_kwh)], ["Base load", kw(shape.base_kw)],
    ["At night", kw(shape.night_kw)], ["Peak hour", kw(shape.peak_kw)],
    ["Base load all year", kwh(shape.base_kwh)], ["Hours of work above it", kwh(shape.busy_kwh)],
    ["Heating", kwh(shape.heating_kwh)], ["Cooling", kwh(shape.cooling_kwh)],
    ["Heats below", model ? celsius(model.heating_balance_c) : shape.reason], ["Cools above", model ? celsius(model.cooling_balance_c) : "not known"],
    ["Load factor", amount(shape.load_factor * 100, "%", 0)], ["Days known", String(shape.days)],
  ]);
}

function rankingRow(one) {
  const propose = mayManage && !one.is_taken && one.levelised_cost !== null ? h("button", { type: "button", onclick: () => act("efficiency/enrolments", { site, measure: one.measure }, site) }, "Propose") : null;
  const figure = (value, decimals) => h("td", { class: "number" }, isKnown(value) ? number(value, "kWh", decimals) : "not known");
  return h("tr", {}, h("th", { scope: "row" }, one.name, h("span", { class: "reason" }, one.reason || `${one.driver_label}. ${one.source}`)), figure(one.yearly_kwh, 0), figure(one.cost, 0), figure(one.levelised_cost, 3), h("td", {}, one.is_taken ? "in the pipeline" : propose));
}

function showSaving(found) {
  const one = found.enrolments.find(({ verified }) => verified), told = one?.verified;
  draw(savingChart, byId("saving-chart"), told?.by_day ?? [], "observed_kwh", "counterfactual_kwh");
  if (!one) { setText(byId("saving-state"), "Nothing is verified at this site yet."); byId("saving-facts").replaceChildren(); return; }
  const { document: of } = told, { saving } = one, sure = isKnown(saving.band_kwh) ? `± ${amount(saving.band_kwh, "kWh", 0)} at 90 %` : of.uncertainty.reason;
  setText(byId("saving-state"), [`${one.measure_name}: ${of.protocol}; ${of.method}.`, ...of.sufficiency.failures, ...of.sufficiency.notes, ...of.notes, saving.emissions_note && `Emissions: ${saving.emissions_note}.`].filter(Boolean).join(" "));
  facts(byId("saving-facts"), [
    ["Without the measure", kwh(saving.counterfactual_kwh)], ["Metered", kwh(saving.observed_kwh)],
    ["Saved", `${kwh(saving.saved_kwh)} (${isKnown(of.saved_share) ? amount(of.saved_share * 100, "%", 1) : "share not known"})`], ["Uncertainty", sure],
    ["Baseline", `${of.baseline.from} to ${of.baseline.to}`], ["Reporting", `${of.reporting.from} to ${of.reporting.to}, ${saving.days} days compared`],
    ["Scatter of the model", isKnown(of.fit.cvrmse) ? amount(of.fit.cvrmse * 100, "%", 1) : "not known"], ["Likeness of days", number(of.fit.autocorrelation, "", 2)],
  ]);
}

export async function choose(id) {
  site = id;
  try {
    const found = await get(api(`efficiency/sites/${id}`));
    if (site !== id) return;  // another was chosen meanwhile
    setText(byId("site-title"), found.name);
    setText(byId("site-state"), found.reason);
    if (byId("readings")) byId("readings").disabled = false;
    showShape(found);
    byId("ranking").replaceChildren(...found.ranking.map(rankingRow));
    byId("ranking-empty").hidden = found.ranking.length > 0;
    showSaving(found);
  } catch (error) { setText(byId("site-state"), error.message); }
}

byId("readings")?.addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  if (!file || site === null) return;
  setText(byId("site-state"), `Reading ${file.name}`);
  const to = site, path = api(`efficiency/sites/${to}/readings?${new URLSearchParams({ name: file.name })}`);
  const { status, body } = await exchange(path, "POST", await file.arrayBuffer(), "text/csv");
  target.value = "";
  if (status === 201) await Promise.all([choose(to), refresh()]);
  setText(byId("site-state"), status === 201 ? [`${body.hours_known} hours of ${body.days} days are stored.`, ...body.notes].join(" ") : reason(body, status));
});
