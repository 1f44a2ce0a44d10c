/** The renewables desk: band, integration, plants, ways around curtailment, ramps and reserve. */
import { api, get } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { isKnown, number, time } from "../js/format.js";
import { live } from "../js/live.js";
import { keepPast } from "../js/past_url.js";
import { BandChart } from "./renewables_chart.js";
import { NOTHING, at, curtailedRow, integrationRows, kw, percent, place, plantRow } from "./renewables_words.js";

const REFRESH_MS = 60_000, DAY_MS = 86_400_000, STEP_S = 900;
const PEN = (strength) => `color-mix(in srgb, var(--pen) ${strength}%, transparent)`;
const LEVELS = ["0.05", "0.25", "0.5", "0.75", "0.95"];
const band = new BandChart(byId("band-chart"), byId("band-reading"));
const need = new BandChart(byId("reserve-chart"), byId("reserve-reading"));
let ticket = 0;


function drawBand(told) {
  const ahead = told.forecast, nothing = !ahead && !told.fed_in_kw.some(isKnown);
  byId("band-empty").hidden = !nothing;
  byId("band-chart").hidden = nothing;
  setText(byId("band-note"), ahead ? `Issue of ${at(ahead.as_of)}: ${ahead.plants} plants${ahead.missing ? `, ${ahead.missing} without a forecast are not in it` : ""}; ${ahead.pairs ? "errors go together as they did in the last two weeks" : "how errors go together is not known yet: taken as independent"}.` : "");
  if (nothing) return;
  const first = told.t[0], last = Math.max(told.t.at(-1), ahead?.t.at(-1) ?? 0);
  const t = Array.from({ length: (last - first) / STEP_S + 1 }, (_, i) => first + i * STEP_S);
  const shift = ahead ? (ahead.t[0] - first) / STEP_S : 0;
  const lay = (from, values) => { const row = new Array(t.length).fill(null); values.forEach((value, i) => { if (from + i >= 0 && from + i < row.length) row[from + i] = value; }); return row; };
  const fedIn = lay(0, told.fed_in_kw), could = lay(0, told.fed_in_kw.map((value, i) => (isKnown(value) && told.curtailed_kw[i] ? value + told.curtailed_kw[i] : value)));
  const of = (level) => (ahead ? lay(shift, ahead.quantiles[level]) : new Array(t.length).fill(null));
  const quantiles = LEVELS.map((level) => ({ values: of(level), colour: "var(--pen)", width: level === "0.5" ? 2 : 0 }));
  const lines = [...quantiles, { values: could, colour: "var(--select)", width: 1 }, { values: fedIn, colour: "var(--text)", width: 2 }];
  const bands = [{ high: 4, low: 0, colour: PEN(16) }, { high: 3, low: 1, colour: PEN(24) }, { high: 5, low: 6, colour: "color-mix(in srgb, var(--select) 45%, transparent)" }];
  const words = (i) => [isKnown(fedIn[i]) && `fed in ${kw(fedIn[i])}`, could[i] > fedIn[i] && `curtailed ${kw(could[i] - fedIn[i])}`, isKnown(lines[2].values[i]) && `median ${kw(lines[2].values[i])}, 90 %: ${kw(lines[0].values[i])} to ${kw(lines[4].values[i])}`].filter(Boolean).join(", ");
  band.draw({ t, lines, bands, told: words, now: live.now() / 1000 });
}

function drawReserve({ run, days }) {
  byId("reserve-empty").hidden = Boolean(run);
  byId("reserve-chart").hidden = byId("reserve-figures").hidden = !run;
  if (!run) return;
  const flat = (value) => run.t.map(() => value);
  const lines = [{ values: run.up_kw, colour: "var(--pen)", width: 1.5 }, { values: flat(0), colour: "var(--line)", width: 1 }, { values: run.down_kw.map((value) => (isKnown(value) ? -value : value)), colour: "var(--pen)", width: 1.5 }];
  if (isKnown(run.held_up_kw)) lines.push(...[run.held_up_kw, -run.held_down_kw].map((value) => ({ values: flat(value), colour: "var(--text)", width: 1.5, dash: [6, 4] })));
  const words = (i) => `need ${kw(run.up_kw[i])} up, ${kw(run.down_kw[i])} down; net load ${kw(run.planned_kw[i])}`;
  need.draw({ t: run.t, lines, bands: [{ high: 0, low: 1, colour: PEN(30) }, { high: 1, low: 2, colour: PEN(30) }], told: words, now: null });
  const largest = (values) => values.reduce((best, value, i) => (isKnown(value) && (best < 0 || value > values[best]) ? i : best), -1);
  const row = (name, up, down) => { const [a, b] = [largest(up), largest(down)]; return h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "number" }, a < 0 ? NOTHING : kw(up[a])), h("td", { class: "nowrap" }, a < 0 ? NOTHING : at(new Date(run.t[a] * 1000).toISOString())), h("td", { class: "number" }, b < 0 ? NOTHING : kw(down[b])), h("td", { class: "nowrap" }, b < 0 ? NOTHING : at(new Date(run.t[b] * 1000).toISOString()))); };
  const held = h("tr", {}, h("th", { scope: "row" }, "Held now"), h("td", { class: "number" }, kw(run.held_up_kw)), h("td", {}), h("td", { class: "number" }, kw(run.held_down_kw)), h("td", {}));
  byId("ramps").replaceChildren(row("Reserve need", run.up_kw, run.down_kw), held, ...run.ramps.map((one) => row(`Ramp within ${one.minutes} min`, one.up_kw, one.down_kw)));
  const quarters = days.reduce((sum, one) => sum + one.quarters, 0), within = days.reduce((sum, one) => sum + one.within, 0);
  const kept = quarters ? `Over the last ${days.length} days the need told ${days[0].lead_h} h before held in ${percent(within / quarters)} % of ${quarters} quarter hours.` : "How well the need held is told from the first whole day on.";
  setText(byId("reserve-note"), `Meant to hold in ${percent(run.level, 0)} % of the quarter hours; ramps are not exceeded with that probability. ${kept} ${run.held_words}`);
}

function drawAvoidance({ run }) {
  byId("avoid-empty").hidden = Boolean(run);
  setText(byId("avoid-words"), run ? `${run.words}${run.expected_kwh ? ` ${kw(run.expected_kwh)} kWh in all by envelopes.` : ""}` : "");
  setText(byId("avoid-state"), run ? `${at(run.starts_at)} to ${at(run.ends_at)}` : "");
  const plants = run?.plants ?? [];
  byId("avoid-table").hidden = !plants.length;
  byId("avoid-plants").replaceChildren(...plants.map((one) => h("tr", {}, h("th", { scope: "row" }, one.name), h("td", { class: "number" }, kw(one.kwh)), h("td", { class: "number" }, kw(one.most_kw)), h("td", { class: "nowrap" }, at(one.worst_at)))));
  byId("avoid-places").replaceChildren(...(run?.places ?? []).map((one) => place(one, (id) => keepPast(`/proposals/${id}/`))));
}

function verdict(plants, spans) {
  if (!plants.length) return "There is no plant of sun or wind yet.";
  const heard = plants.filter((one) => one.at);
  if (!heard.length) return `What the ${plants.length} plants give is not known: no quarter hour of their meters is there yet.`;
  const held = plants.filter((one) => one.curtailed_kw > 0);
  const sum = (rows, name) => rows.reduce((total, one) => total + (one[name] ?? 0), 0);
  const today = isKnown(spans[0].used_share) && spans[0].known_days ? `; of what was available today ${percent(spans[0].used_share)} % was used` : "";
  const back = held.length ? `${kw(sum(held, "curtailed_kw"))} kW held back at ${held.length}` : "nothing held back";
  return `${heard.length} of ${plants.length} plants give ${kw(sum(heard, "fed_in_kw"))} kW, ${back}${today}.`;
}

function drawIntegration({ spans }) {
  const known = spans.some((one) => one.known_days);
  byId("integration-empty").hidden = known;
  byId("integration").replaceChildren(...(known ? integrationRows(spans) : []));
  setText(byId("integration-note"), known ? [`Days known: ${spans.map((one) => `${one.known_days} of ${one.days}`).join(", ")}.`, spans.at(-1).missing].filter(Boolean).join(" ") : "");
}

async function refreshPortfolio(mine, id) {
  const now = live.now(), path = (name) => api(`renewables/portfolios/${id}/${name}`);
  const span = new URLSearchParams({ starts_at: new Date(now - DAY_MS).toISOString(), ends_at: new Date(now).toISOString() });
  const [forecast, { plants }, integration, list] = await Promise.all([get(path("band")), get(path("plants")), get(path("integration")), get(path(`curtailments?${span}`))]);
  if (mine !== ticket) return;
  drawBand(forecast);
  drawIntegration(integration);
  byId("plants").replaceChildren(...plants.toSorted((a, b) => (b.curtailed_kw ?? 0) - (a.curtailed_kw ?? 0) || b.rated_kw - a.rated_kw || a.name.localeCompare(b.name)).map(plantRow));
  byId("plants-empty").hidden = plants.length > 0;
  setText(byId("plants-state"), plants.length ? `${plants.length}, newest quarter hour that is known` : "");
  byId("list").replaceChildren(...list.curtailments.map(curtailedRow));
  byId("list-empty").hidden = list.count > 0;
  setText(byId("list-state"), list.count ? `${number(list.total_kwh, "kW", 0)} kWh in ${list.count} quarter hours of plants` : "");
  setText(byId("verdict"), verdict(plants, integration.spans));
}

function fillPortfolios(portfolios) {
  const choice = byId("portfolio"), chosen = choice.value;
  if (choice.options.length !== portfolios.length) choice.replaceChildren(...portfolios.map((one) => h("option", { value: one.id }, `${one.name} (${kw(one.rated_kw)} kW)`)));
  if (portfolios.some((one) => String(one.id) === chosen)) choice.value = chosen;
  return choice.value;
}

function drawNoPortfolio() {
  for (const name of ["band", "integration", "plants", "list"]) byId(`${name}-empty`).hidden = false;
  byId("band-chart").hidden = true;
  setText(byId("verdict"), "There is no plant of sun or wind yet.");
}

async function refresh() {
  const mine = ++ticket;
  try {
    const [{ portfolios }, reserve, avoidance] = await Promise.all([get(api("renewables/portfolios")), get(api("renewables/reserve")), get(api("renewables/avoidance"))]);
    if (mine !== ticket) return;
    drawReserve(reserve);
    drawAvoidance(avoidance);
    const id = fillPortfolios(portfolios);
    if (id) await refreshPortfolio(mine, id);
    else drawNoPortfolio();
    if (mine === ticket) setText(byId("state"), `as of ${time(live.now())}`);
  } catch (error) {
    if (mine === ticket) setText(byId("state"), error.message);
  }
}

byId("portfolio").addEventListener("change", refresh);
if (config.past) live.addEventListener("jump", refresh);
else setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
refresh();
