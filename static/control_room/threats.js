/** What does not behave as physics, habit or orders say, and dangers that touch assets: findings with their evidence. */
import { api, get, post } from "../js/api.js";
import { config, elementUrl } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { instant, isKnown, number, when } from "../js/format.js";
import { clear, colour, draw } from "./plotly_theme.js";

const AGAIN_MS = 15_000, MOST_ASSETS = 40, COURSES = { gust_m_s: "gusts, m/s", temperature_c: "temperature, °C", humidity_percent: "humidity, %", precipitation_mm: "rain, mm" };
const page = { findings: [], chosen: null };
const at = (text) => (isKnown(text) ? when(instant(text), Date.now()) : number(null));
const percent = (share) => `${Math.round(100 * share)} %`;
const dates = (seconds) => seconds.map((one) => new Date(1000 * one));
const line = (name, x, y, token, dash) => ({ type: "scatter", mode: "lines", name, x, y, line: { color: colour(token), width: 1.75, dash }, connectgaps: false });

function row(one) {
  const chosen = page.chosen === one.id;
  return h("tr", { "aria-selected": chosen ? "true" : "false", class: one.ended_at ? "ended" : null },
    h("th", { scope: "row" }, h("button", { type: "button", onclick: () => choose(one.id) }, one.title)),
    h("td", {}, one.kind_label), h("td", { class: "number" }, percent(one.likelihood)), h("td", {}, at(one.starts_at ?? one.began_at)),
    h("td", {}, one.ended_at ? `${at(one.seen_at)}, over` : at(one.seen_at)), h("td", {}, one.state_label));
}

/** The courses that a finding rests on, as traces. */
function traces({ meters, residuals, courses, t }) {
  if (meters?.length) {
    const { t0, step_s: step, read, usual, name } = meters[0], x = dates(read.map((_, n) => t0 + n * step));
    return [line(`${name}, read`, x, read, "--pen"), ...(usual.length ? [line("usual", x, usual, "--line", "dash")] : [])];
  }
  if (residuals) return [line("read", dates(residuals.t), residuals.measured, "--pen"), line("by all others", dates(residuals.t), residuals.estimated, "--line", "dash")];
  if (!courses) return [];
  return Object.entries(COURSES).filter(([name]) => courses[name]?.some(isKnown)).map(([name, words], n) => line(words, dates(t), courses[name], n ? "--line" : "--pen", n ? ["dash", "dot", "dashdot"][n - 1] : "solid"));
}

function facts(evidence) {
  if (evidence.meters) return evidence.meters.map((one) => h("li", {}, `${one.name}: ${one.words}; reads ${number(one.value, one.unit, 2)}${isKnown(one.expected) ? `, usual ${number(one.expected, one.unit, 2)}` : ""}, since ${at(one.since)}`));
  if (evidence.reasons) return evidence.reasons.map((one) => h("li", {}, one));
  if (evidence.refusals) return evidence.refusals.map((one) => h("li", {}, `${at(one.at)}: ${one.reason}`));
  return [];
}

function show() {
  const one = page.findings.find(({ id }) => id === page.chosen);
  byId("finding").hidden = !one;
  if (!one) return;
  setText(byId("finding-title"), one.title);
  setText(byId("finding-basis"), `${percent(one.likelihood)} likely. ${one.basis}`);
  setText(byId("finding-advice"), `What to do: ${one.advice}`);
  byId("facts").replaceChildren(...facts(one.evidence));
  byId("assets").replaceChildren(...one.assets.slice(0, MOST_ASSETS).map((asset) => h("li", {}, h("a", { href: elementUrl(asset.mrid) }, asset.name || asset.mrid))), ...(one.assets.length > MOST_ASSETS ? [h("li", {}, `and ${one.assets.length - MOST_ASSETS} more`)] : []));
  const data = traces(one.evidence);
  byId("evidence").hidden = !data.length;
  if (data.length) draw(byId("evidence"), () => ({ data: traces(one.evidence), layout: { xaxis: { type: "date" }, yaxis: {}, margin: { l: 56, r: 12, t: 8, b: 36 }, legend: { orientation: "h", y: 1.15 } } }));
  else clear(byId("evidence"));
}

function choose(id) {
  page.chosen = id;
  list();
  show();
}

function list() {
  const focused = document.activeElement?.closest("#findings tr")?.rowIndex;
  byId("findings").replaceChildren(...page.findings.map(row));
  byId("findings-empty").hidden = page.findings.length > 0;
  if (focused) byId("findings").rows[focused - 1]?.querySelector("button")?.focus();
}

function habitWords(habit) {
  if (!habit) return "Habits of meters: not learnt yet; it is done each night. What stands still, repeats or is contradicted is told all the same.";
  if (habit.groups) return `Habits of ${habit.meters} meters on ${habit.groups} feeders, learnt ${at(habit.as_of)}`;
  return `Habits of meters: ${habit.outcome_label.toLowerCase()}. ${habit.reason}`;
}

async function refresh() {
  try {
    const told = await get(api("threats"));
    page.findings = told.findings;
    const open = told.findings.filter((one) => !one.ended_at).length;
    setText(byId("words"), `${open} standing, ${told.findings.length - open} over and not closed`);
    setText(byId("habit"), habitWords(told.habit));
    if (!page.findings.some(({ id }) => id === page.chosen)) page.chosen = page.findings[0]?.id ?? null;
    list();
    show();
  } catch (error) {
    setText(byId("words"), error.message);
  }
}

document.getElementById("decide")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await post(api(`threats/${page.chosen}/decision`), { state: event.submitter.value, reason: byId("reason").value });
    byId("reason").value = "";
    setText(byId("refusal"), "");
    await refresh();
  } catch (error) {
    setText(byId("refusal"), error.message);
  }
});

await refresh();
if (!config.past) setInterval(refresh, AGAIN_MS);
