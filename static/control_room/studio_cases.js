/** Economic cases: the list, and the chosen one with its figures and charts. */
import { api, get, post } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { day, instant, number } from "../js/format.js";
import { flowsFigure, tornadoFigure } from "./studio_charts.js";
import { ask } from "./ask.js";
import { clear, draw } from "./plotly_theme.js";
import { NOTHING, caseTiles, money, share } from "./studio_words.js";

const WAIT_MS = 2000, LONGEST_WAITS = 60;
let chosen = null, words = null, waits = 0;

const figure = (text) => h("td", { class: "number" }, text);
const tile = ([name, value, unit, note]) => h("div", {}, h("dt", {}, name), h("dd", {}, h("b", {}, value), h("span", { class: "unit" }, unit)), h("dd", { class: "small muted" }, note));
const lcos = (value) => (value === null ? NOTHING : number(value, "", 1));

/** Figures in words, as the form of a case names them. */
async function wordsOf() {
  words ??= new Map((await get(api("storage/case-form"))).figures.map((one) => [one.name, one]));
  return (name) => words.get(name)?.words ?? name.replaceAll("_", " ");
}

export function showCases(cases) {
  if (!cases.some((one) => one.id === chosen)) chosen = cases[0]?.id ?? null;
  byId("cases").replaceChildren(...cases.map(caseRow));
  byId("cases-empty").hidden = cases.length > 0;
  if (cases.some((one) => one.state === "waiting") && waits++ < LONGEST_WAITS) setTimeout(() => dispatchEvent(new Event("studio-changed")), WAIT_MS);
  else waits = 0;
  showChosen();
}

function caseRow(one) {
  const note = [one.plant ? null : "no plant", one.currency, one.made_by, day(instant(one.made_at)), one.state === "done" ? null : one.state_label.toLowerCase()].filter(Boolean).join(", ");
  const button = h("button", { type: "button", class: "quiet", "aria-pressed": String(one.id === chosen), onclick: () => choose(one.id) }, one.name);
  button.dataset.id = one.id;
  return h("tr", {}, h("th", { scope: "row" }, button, h("span", { class: "reason" }, note)), figure(money(one.npv)), figure(share(one.irr)));
}

export function choose(id) {
  chosen = id;
  for (const button of byId("cases").querySelectorAll("button")) button.setAttribute("aria-pressed", String(Number(button.dataset.id) === id));
  showChosen();
}

async function showChosen() {
  const id = chosen;
  if (id === null) { blank("No case is chosen", []); return; }
  try {
    const [one, say] = await Promise.all([get(api(`storage/cases/${id}`)), wordsOf()]);
    if (id === chosen) show(one, say);
  } catch (error) {
    setText(byId("case-title"), error.message);
  }
}

/** Kept with what it stood on, and listed no more. */
document.getElementById("case-away")?.addEventListener("click", async () => {
  const reason = await ask({ title: "Put the case away", label: "Why", text: "", yes: "Put away" });
  if (!reason) return;
  try {
    await post(api(`storage/cases/${chosen}/archive`), { reason });
    chosen = null;
    dispatchEvent(new Event("studio-changed"));
  } catch (error) {
    setText(byId("case-title"), error.message);
  }
});

function blank(title, notes) {
  document.getElementById("case-away")?.setAttribute("hidden", "");
  setText(byId("case-title"), title);
  byId("case-notes").replaceChildren(...notes.map((text) => h("li", {}, text)));
  for (const id of ["case-files", "case-tiles", "scenarios", "figures"]) byId(id).replaceChildren();
  for (const name of ["flows", "tornado", "scenarios", "put-in"]) document.querySelector(`.money .${name}`).hidden = true;
  clear(byId("flows-chart"));
  clear(byId("tornado-chart"));
}

function show(one, say) {
  const isDone = one.state === "done";
  if (!isDone) blank(one.name, [one.reason || `${one.state_label}.`]);
  setText(byId("case-title"), one.name);
  byId("case-files").replaceChildren(...["csv", "json"].map((form) => h("a", { href: api(`storage/cases/${one.id}/file?form=${form}`), download: true }, `As ${form.toUpperCase()}`)));
  const away = document.getElementById("case-away");
  if (away) away.hidden = Boolean(one.archived_at);
  byId("figures").replaceChildren(...one.figures.map((row) => figureRow(row, one.project)));
  document.querySelector(".money .put-in").hidden = false;
  if (!isDone) return;
  document.querySelector(".money .scenarios").hidden = false;
  document.querySelector(".money .flows").hidden = false;
  document.querySelector(".money .tornado").hidden = one.result.sensitivity.length === 0;
  byId("case-tiles").replaceChildren(...caseTiles(one).map(tile));
  byId("case-notes").replaceChildren(...one.notes.map((text) => h("li", {}, text)));
  byId("scenarios").replaceChildren(scenarioRow("As put in", one.result), ...Object.entries(one.result.scenarios).map(([name, row]) => scenarioRow(name, row)));
  draw(byId("flows-chart"), () => flowsFigure(one.result, one.currency));
  if (one.result.sensitivity.length) draw(byId("tornado-chart"), () => tornadoFigure(one.result, say, one.currency));
  else clear(byId("tornado-chart"));
}

/** What goes by years with its years, as far as they are few. */
function byYear(name, project) {
  const rows = (project.yearly ?? []).filter((one) => name in one);
  return rows.length > 3 ? `${rows.length} years` : rows.map((one) => `${number(one[name], "", decimals(one[name]))} in year ${one.year}`).join(", ");
}

function figureRow(row, project) {
  const isShare = row.unit.startsWith("a year");
  const value = row.value === null ? byYear(row.name, project) : isShare ? share(row.value, 2) : number(row.value, "", decimals(row.value));
  return h("tr", {}, h("th", { scope: "row" }, row.words), figure(value), h("td", {}, isShare ? "% a year" : row.unit), h("td", {}, row.source));
}

const decimals = (value) => (Number.isInteger(value) ? 0 : Math.abs(value) >= 100 ? 1 : 4);
const scenarioRow = (name, row) => h("tr", {}, h("th", { scope: "row" }, name), figure(money(row.npv)), figure(share(row.irr)), figure(share(row.mirr)), figure(row.payback_years === null ? NOTHING : number(row.payback_years, "", 1)), figure(lcos(row.lcos_per_mwh)));
