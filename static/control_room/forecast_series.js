/** One series: its forecast as a fan, what was, what had been said, why, how good, and what people change of it. */
import { api, get } from "../js/api.js";
import { config, pageData } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { live } from "../js/live.js";
import { FanChart } from "./forecast_chart.js";
import { LEADS_H, actualOf, forecastOf, lines, onNews, quarter } from "./forecast_data.js";
import { drawDays, drawFaults, drawTrust } from "./forecast_facts.js";
import { startOverrides } from "./forecast_overrides.js";
import { key, readout } from "./forecast_readout.js";
import { issued, plainPower, power, rungSentence, scaleOf, when } from "./forecast_words.js";
import { drawComponents } from "./forecast_components.js";
import { startScenario } from "./forecast_scenario.js";
import { drawDrivers, similarLines } from "./forecast_drivers.js";

const about = pageData("series-data");
const HORIZONS = { intraday: ["48 h", 48], week: ["7 days", 168] };
const BACKS_H = { 6: "6 h", 24: "24 h", 72: "3 days", 168: "7 days" };
const HINT = "Point at the chart: the values of a quarter hour stand here.";
const page = { horizon: "intraday", back: 24, asOf: null, leads: new Set([24]), similar: false, ticket: 0, said: null, was: null, draft: null, scenario: null, scale: scaleOf(0) };
const chart = new FanChart({ box: byId("fan"), onCursor: (index) => readout(byId("readout"), chart.at(index), page.scale, HINT) });

async function refresh() {
  const ticket = ++page.ticket;
  const now = live.now(), from = (quarter(page.asOf ? Math.min(Date.parse(page.asOf), now) : now) - page.back * 3600) * 1000;
  try {
    const [row, said, was, times] = await Promise.all([
      get(api(`forecasts/series/${about.id}`)), forecastOf(about.id, { horizon: page.horizon, asOf: page.asOf }),
      actualOf(about.id, from, Math.min(now, from + 20 * 864e5)), get(api(`forecasts/series/${about.id}/issues`)),
    ]);
    if (ticket !== page.ticket) return;
    Object.assign(page, { row, said, was, from: from / 1000, times: times.issues[page.horizon] });
    drawHead();
    drawChart();
    drawIssues();
    drawDays(byId("days"), page.said, page.scale);
    drawTrust(byId("trust"), row.skill, page.scale);
    drawFaults({ box: byId("faults"), facts: byId("data-facts") }, was, live.now());
    overrides.refresh(page);
    await Promise.all([drawDrivers(about.id, page), drawComponents(about.id, page), scenario.prepare()]);
  } catch (error) {
    if (ticket === page.ticket) setText(byId("series-state"), error.message);
  }
}

function drawHead() {
  const { row, said } = page;
  const { peak } = row;
  const scale = scaleOf(peak?.p10, peak?.p50, peak?.p90);
  const high = peak && !page.asOf ? `Peak ${when(peak.at)}: ${power(peak.p50, scale)}, likely ${plainPower(peak.p10, scale)} to ${power(peak.p90, scale)}. ` : "";
  setText(byId("series-state"), `${high}${rungSentence(said?.issue ?? row.issue)}`);
  setText(byId("series-facts"), [issued(said?.issue ?? null), row.rated_kw ? `rated ${power(row.rated_kw)}` : ""].filter(Boolean).join(" · "));
}

/** What is being typed is drawn before it is saved. */
function drafted(said) {
  const columns = said.effective ?? said.quantiles;
  if (!page.draft) return said.effective;
  const { from, until, factor, change } = page.draft;
  return Object.fromEntries(Object.entries(columns).map(([level, values]) => [level, values.map((v, i) => (v !== null && said.t[i] >= from && said.t[i] < until ? v * factor + change : v))]));
}

function drawChart() {
  const { said, was } = page;
  const known = said || was.kw.some(Number.isFinite);
  byId("fan").hidden = !known;
  byId("fan-empty").hidden = Boolean(known);
  if (!known) return setText(byId("fan-empty"), "Nothing has been forecast or measured of this series yet. Its first forecast follows with the first training; the desk shows how far that is.");
  page.scale = scaleOf(...Object.values(said?.quantiles ?? {}), was.kw);
  document.querySelectorAll(".unit-word").forEach((word) => setText(word, page.scale.unit));
  const leads = LEADS_H.filter((lead) => page.leads.has(lead));
  const others = [...lines(was, leads), ...(page.similar ? similarLines(page.similarDays) : [])];
  const effective = said && drafted(said);
  key(byId("key"), { hasOverride: Boolean(effective), hasScenario: Boolean(page.scenario), others: others.slice(1).map((line) => line.key) });
  const spans = (said?.overrides ?? []).map((one) => ({ from: Date.parse(one.starts_at) / 1000, to: Date.parse(one.ends_at) / 1000 }));
  if (page.draft) spans.push({ from: page.draft.from, to: page.draft.until });
  const end = said ? said.t.at(-1) + said.step_s : quarter(live.now());
  Object.assign(page, { shownFrom: page.from, shownTo: Math.max(end, quarter(live.now())), now: live.now() / 1000 });
  chart.draw({
    from: page.from, to: page.shownTo, now: page.now, scale: page.scale,
    fan: said && { t: said.t, columns: said.quantiles }, scenario: page.scenario && { t: page.scenario.t, columns: page.scenario.quantiles }, effective: effective && { t: said.t, columns: effective },
    lines: others, faults: was.faults, spans, limits: about.ratedKw ? [{ name: "rated", kw: about.ratedKw }] : [],
  });
  readout(byId("readout"), null, page.scale, HINT);
  const query = new URLSearchParams({ format: "csv", horizon: page.horizon, ...(said ? { as_of: said.issue.as_of } : {}), ...(config.past ? { at: new Date(live.now()).toISOString() } : {}) });
  if (said) byId("csv").href = api(`forecasts/series/${about.id}/forecast?${query}`);
}

function drawIssues() {
  const box = byId("issue");
  const chosen = page.asOf;
  box.replaceChildren(h("option", { value: "" }, "newest"), ...page.times.slice(1).map((at) => h("option", { value: at, selected: at === chosen }, when(at))));
  if (chosen && !page.times.includes(chosen)) box.append(h("option", { value: chosen, selected: true }, when(chosen)));
  const place = page.asOf ? page.times.indexOf(page.asOf) : 0;
  byId("issue-newer").disabled = place <= 0;
  byId("issue-older").disabled = place >= page.times.length - 1;
}

function toIssue(asOf) {
  page.asOf = asOf;
  page.draft = page.scenario = null;
  refresh();
}

function step(by) {
  const place = (page.asOf ? page.times.indexOf(page.asOf) : 0) + by;
  toIssue(place <= 0 ? null : page.times[place] ?? page.times.at(-1));
}

function choices(box, entries, chosen, choose) {
  const draw = () => box.replaceChildren(...entries.map(([value, word]) => h("button", { type: "button", "aria-pressed": String(value === chosen()), onclick: () => { choose(value); draw(); refresh(); } }, word)));
  draw();
}

function drawOverlays() {
  const check = (word, checked, change) => {
    const box = h("input", { type: "checkbox", checked });
    box.addEventListener("change", () => { change(box.checked); drawChart(); });
    return h("label", {}, box, word);
  };
  byId("overlays").append(h("span", { class: "small muted choice" }, "said before:"),
    ...LEADS_H.map((lead) => check(`${lead} h`, page.leads.has(lead), (on) => { if (on) page.leads.add(lead); else page.leads.delete(lead); })),
    h("span", { id: "similar-choice", hidden: true }, check("similar days", false, (on) => { page.similar = on; })));
}

const scenario = startScenario({ about, page, redraw: drawChart });
const overrides = startOverrides({ about, page, redraw: drawChart, reload: refresh });
choices(byId("horizons"), Object.entries(HORIZONS).map(([value, [word]]) => [value, word]), () => page.horizon, (value) => Object.assign(page, { horizon: value, asOf: null }));
choices(byId("backs"), Object.entries(BACKS_H).map(([hours, word]) => [Number(hours), `${word} back`]), () => page.back, (value) => { page.back = value; });
byId("issue").addEventListener("change", () => toIssue(byId("issue").value || null));
byId("issue-older").addEventListener("click", () => step(1));
byId("issue-newer").addEventListener("click", () => step(-1));
drawOverlays();
onNews(refresh, 4000);
if (!config.past) refresh();
