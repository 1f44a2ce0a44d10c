/** Losses of a day: by hour, feeder, line and transformer, the balances, ageing and sizes of transformers. */
import { api, get } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { number } from "../js/format.js";
import { clear, colour, draw } from "./plotly_theme.js";

const SHOWN = 300;
const cell = (value, decimals = 1) => h("td", { class: "number" }, number(value, "kWh", decimals));
const percent = (share) => h("td", { class: "number" }, number(share === null ? null : 100 * share, "%", 0));
const nothing = (columns, text) => h("tr", {}, h("td", { colspan: columns, class: "empty" }, text));
const rows = (id, found, row, columns, empty) => byId(id).replaceChildren(...(found.length ? found.slice(0, SHOWN).map(row) : [nothing(columns, empty)]));
const count = (id, found, what) => setText(byId(id), found.length > SHOWN ? `first ${SHOWN} of ${found.length}` : `${found.length} ${what}`);
const tile = (name, value, unit, note) => h("div", { class: "panel" }, h("dt", {}, name), h("dd", {}, h("b", {}, value), h("span", { class: "unit" }, unit)), h("dd", { class: "small muted" }, note));
const none = (run) => (run ? run.reason || "Nothing is known of this day." : "Nothing has been worked out yet.");

function drawDays(days, run) {
  byId("day").replaceChildren(...days.map(({ day }) => h("option", { value: day }, day)));
  for (const part of [byId("day"), document.querySelector("label[for=day]")]) part.hidden = days.length < 2;
  if (run) byId("day").value = run.day;
}

function drawTiles(run) {
  const { lines_kwh: lines, transformers_load_kwh: load, transformers_no_load_kwh: idle, technical_kwh: whole, estimated_kwh: told } = run?.totals ?? {};
  byId("tiles").replaceChildren(
    tile("Technical losses", number(whole, "", 1), "kWh", run ? `${run.hours_known} of 24 hours known, ${run.scans} states` : ""),
    tile("Lines", number(lines, "", 1), "kWh", "resistance of lines and cables"),
    tile("Transformers, load", number(load, "", 1), "kWh", "copper"),
    tile("Transformers, no load", number(idle, "", 1), "kWh", "iron, whether used or not"),
    tile("By the estimates themselves", number(told, "", 1), "kWh", "what goes in less what comes out: another way"));
}

function drawHours(run) {
  const hourly = (run?.hourly ?? []).filter((one) => one.lines_kwh !== null);
  byId("hours").querySelector(".empty")?.remove();
  if (!hourly.length) {
    clear(byId("hours"));
    byId("hours").replaceChildren(h("p", { class: "empty" }, none(run)));
    return;
  }
  const x = hourly.map(({ hour }) => hour);
  const bar = (name, key, token, shape) => ({ type: "bar", name, x, y: hourly.map((one) => one[key]), marker: { color: colour(token), pattern: { shape } } });
  draw(byId("hours"), () => ({
    data: [bar("lines", "lines_kwh", "--host-2", ""), bar("transformers, load", "transformers_load_kwh", "--host-3", "/"), bar("transformers, no load", "transformers_no_load_kwh", "--host-1", ".")],
    layout: { barmode: "stack", margin: { l: 56, r: 12, t: 8, b: 44 }, xaxis: { title: { text: "hour" }, dtick: 3, range: [-0.5, 23.5] }, yaxis: { title: { text: "kWh" }, rangemode: "tozero" }, legend: { orientation: "h", y: 1.12 } },
  }));
}

function drawTables(run) {
  const feeders = run?.feeders ?? [];
  count("feeders-count", feeders, "feeders");
  rows("feeders", feeders, (one) => h("tr", {}, h("th", { scope: "row" }, one.name), cell(one.lines_kwh), cell(one.transformers_kwh)), 3, none(run));
  rows("lines", run?.lines ?? [], (one) => h("tr", {}, h("th", { scope: "row" }, one.name), h("td", {}, one.feeder || "none"), cell(one.loss_kwh, 2)), 3, none(run));
  rows("balances", run?.balances ?? [], (one) => h("tr", { title: one.note }, h("th", { scope: "row" }, one.part), percent(one.metered_share), cell(one.fed_kwh, 0), cell(one.technical_kwh, 1), h("td", { class: "number" }, `${number(one.unexplained_kwh, "kWh", 0)} (${number(one.low_kwh, "kWh", 0)} to ${number(one.high_kwh, "kWh", 0)})`)), 5, "No part of the network has meters enough for a balance.");
  const words = run ? (run.outcome === "done" ? `Of ${run.day}, ${run.hours_known} hours are known.` : run.reason) : "Nothing has been worked out yet: it is done each quarter of an hour from the stored states.";
  setText(byId("words"), words);
}

function drawUnits(told, run) {
  const units = [...told.transformers].sort((a, b) => (b.relative_ageing ?? -1) - (a.relative_ageing ?? -1) || (b.peak_load_pu ?? -1) - (a.peak_load_pu ?? -1));
  count("units-count", units, "transformers, the fastest ageing first");
  rows("units", units, (one) => h("tr", {}, h("th", { scope: "row" }, one.name), h("td", {}, one.feeder || "none"), cell(one.rated_s_kva, 0), percent(one.peak_load_pu), percent(one.mean_load_pu), cell(one.load_loss_kwh, 2), cell(one.no_load_loss_kwh, 2), cell(one.hottest_c, 0), cell(one.relative_ageing, 4)), 9, none(run));
  rows("sizes", told.sizing, (one) => h("tr", {}, h("th", { scope: "row" }, one.name), cell(one.now.rated_s_kva, 0), cell(one.best.rated_s_kva, 0), cell(one.saves_eur, 0), cell(one.costs_eur, 0), cell(one.payback_years, 1), h("td", {}, one.reason)), 7, "No transformer is known of which another size would pay.");
  byId("notes").replaceChildren(...told.notes.map((text) => h("li", {}, text)));
}

async function refresh(day = "") {
  setText(byId("refusal"), "");
  const asked = day ? `?day=${day}` : "";
  try {
    const [told, units] = await Promise.all([get(api(`efficiency/losses${asked}`)), get(api(`efficiency/transformers${asked}`))]);
    drawDays(told.days, told.run);
    drawTiles(told.run);
    drawHours(told.run);
    drawTables(told.run);
    drawUnits(units, told.run);
  } catch (error) {
    setText(byId("refusal"), error.message);
  }
}

byId("day").addEventListener("change", () => refresh(byId("day").value));
refresh();
