/** The desk: the whole system as a fan, and all series with what an operator asks of them first. */
import { api, get } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { live } from "../js/live.js";
import { FanChart } from "./forecast_chart.js";
import { LEADS_H, actualOf, forecastOf, lines, onNews, quarter } from "./forecast_data.js";
import { key, readout } from "./forecast_readout.js";
import { seriesRow } from "./forecast_rows.js";
import { QUANTITY, issued, scaleOf, trainingSentence } from "./forecast_words.js";

const ORDER = ["net_load", "load", "pv", "wind"];
const BACK_H = 24, AHEAD_H = 48;
const PAGE = 50;
const SEARCH_MS = 200;
const HINT = "The values of a quarter hour stand here when you point at it.";
const page = { whole: [], chosen: null, leads: new Set([24]), offset: 0, parent: null, ticket: 0, chartTicket: 0 };
const chart = new FanChart({ box: byId("whole-chart"), onCursor: (index) => readout(byId("whole-readout"), chart.at(index), page.scale, HINT) });

function asked() {
  const given = { q: byId("filter-text").value.trim(), subject: byId("filter-subject").value, quantity: byId("filter-quantity").value, parent: page.parent?.id, fallback: byId("filter-fallback").checked || "" };
  return new URLSearchParams(Object.entries({ ...given, limit: PAGE, offset: page.offset }).filter(([, value]) => value !== "" && value !== undefined && value !== null));
}

async function loadList() {
  const ticket = ++page.ticket;
  try {
    const found = await get(api(`forecasts/series?${asked()}`));
    if (ticket !== page.ticket) return;
    if (page.offset && page.offset >= found.count) return turn(-page.offset);
    drawState(found);
    drawList(found);
  } catch (error) {
    if (ticket === page.ticket) setText(byId("desk-state"), error.message);
  }
}

function drawState({ run, training }) {
  const total = run ? Object.values(run.rungs).reduce((sum, n) => sum + n, 0) : 0;
  const full = run?.rungs.full ?? 0;
  const lower = total - full;
  setText(byId("desk-state"), run
    ? `${issued(run).replace(/^issued/, "Issued")}: ${full} of ${total} series by the full model${lower ? `, ${lower} by a fallback` : ""}.`
    : training?.outcome === "running" ? "The first forecasts follow as soon as the training has ended." : "No forecast has been issued yet.");
  setText(byId("desk-training"), `${run?.model ? `Model ${run.model} in use. ` : ""}${trainingSentence(training)}`);
  const bar = byId("desk-progress");
  bar.hidden = training?.outcome !== "running" || !training.total;
  if (!bar.hidden) Object.assign(bar, { max: training.total, value: training.done });
}

function drawList({ count, results }) {
  byId("series").replaceChildren(...results.map((row) => seriesRow(row, choose)));
  const last = page.offset + results.length;
  setText(byId("list-count"), count ? `${page.offset + 1} to ${last} of ${count}` : "0");
  byId("list-back").disabled = page.offset === 0;
  byId("list-forward").disabled = last >= count;
  const isSought = asked().size > 2;
  byId("list-empty").hidden = count > 0;
  setText(byId("list-empty"), isSought ? "0 series are like that. Take away a filter." : "0 series. They are made from the network and its measurements as soon as both are there.");
  const box = byId("filter-parent");
  box.hidden = !page.parent;
  box.replaceChildren(...(page.parent ? [h("button", { type: "button", title: "Show all series again", onclick: () => choose(null) }, `Parts of ${page.parent.name} ×`)] : []));
}

function choose(parent) {
  Object.assign(page, { parent, offset: 0 });
  loadList();
}

function turn(by) {
  page.offset = Math.max(0, page.offset + by);
  loadList();
}

async function loadWhole() {
  try {
    const { results } = await get(api("forecasts/series?subject=system&limit=20"));
    page.whole = results.sort((a, b) => ORDER.indexOf(a.quantity) - ORDER.indexOf(b.quantity));
    page.chosen = page.whole.find(({ quantity }) => quantity === page.chosen?.quantity) ?? page.whole[0] ?? null;
    drawTabs();
    await drawWhole();
  } catch (error) {
    nothing(error.message);
  }
}

function drawTabs() {
  byId("whole-tabs").replaceChildren(...page.whole.map((row) => h("button", { type: "button", "aria-pressed": String(row === page.chosen), onclick: () => { page.chosen = row; drawTabs(); drawWhole(); } }, QUANTITY[row.quantity] ?? row.quantity_label)));
}

function nothing(text) {
  byId("whole-empty").hidden = false;
  byId("whole-chart").hidden = true;
  setText(byId("whole-empty"), text);
}

async function drawWhole() {
  const ticket = ++page.chartTicket;
  if (!page.chosen) return nothing("The whole system has no series yet: nothing is forecast of it.");
  const now = live.now(), start = (quarter(now) - BACK_H * 3600) * 1000;
  const [said, was] = await Promise.all([forecastOf(page.chosen.id), actualOf(page.chosen.id, start, now)]);
  if (ticket !== page.chartTicket) return;
  const leads = LEADS_H.filter((lead) => page.leads.has(lead));
  const isEmpty = !said && !was.kw.some(Number.isFinite);
  if (isEmpty) return nothing("Nothing is known of this series yet. Its first forecast follows with the first training.");
  byId("whole-empty").hidden = true;
  byId("whole-chart").hidden = false;
  page.scale = scaleOf(...Object.values(said?.quantiles ?? {}), was.kw);
  const others = lines(was, leads);
  key(byId("whole-key"), { hasOverride: Boolean(said?.effective), others: others.slice(1).map((line) => line.key) });
  chart.draw({
    from: start / 1000, to: quarter(now) + AHEAD_H * 3600, now: now / 1000, scale: page.scale,
    fan: said && { t: said.t, columns: said.quantiles }, effective: said?.effective && { t: said.t, columns: said.effective },
    lines: others, faults: was.faults, limits: page.chosen.rated_kw ? [{ name: "rated", kw: page.chosen.rated_kw }] : [],
    spans: (said?.overrides ?? []).map((one) => ({ from: Date.parse(one.starts_at) / 1000, to: Date.parse(one.ends_at) / 1000 })),
  });
  readout(byId("whole-readout"), null, page.scale, HINT);
}

function drawLeads() {
  byId("whole-leads").append(h("span", { class: "small muted" }, "said before:"), ...LEADS_H.map((lead) => {
    const box = h("input", { type: "checkbox", checked: page.leads.has(lead) });
    box.addEventListener("change", () => { if (box.checked) page.leads.add(lead); else page.leads.delete(lead); drawWhole(); });
    return h("label", {}, box, `${lead} h`);
  }));
}

let searching = null;
byId("filter-text").addEventListener("input", () => { clearTimeout(searching); searching = setTimeout(() => { page.offset = 0; loadList(); }, SEARCH_MS); });
byId("list-filter").addEventListener("submit", (event) => event.preventDefault());
for (const id of ["filter-subject", "filter-quantity", "filter-fallback"]) byId(id).addEventListener("change", () => { page.offset = 0; loadList(); });
byId("list-back").addEventListener("click", () => turn(-PAGE));
byId("list-forward").addEventListener("click", () => turn(PAGE));
drawLeads();
onNews(loadList);
onNews(loadWhole, 8000);  // a training tells of itself every two seconds, and changes nothing of the chart
if (!config.past) {
  loadList();
  loadWhole();
}
