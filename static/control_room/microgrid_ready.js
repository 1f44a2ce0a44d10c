/** For how long a microgrid could stand alone, what would raise it, and what it came to before. */
import { api, exchange, reason } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { asInstant, day, instant, minute, number, time, words } from "../js/format.js";
import { clear, colour, draw } from "./plotly_theme.js";
import { NOTHING, known, kwh } from "./microgrid_words.js";

const DASHES = ["solid", "dash", "dot"], PERCENT = 100;
const SERVED = { 1: "critical", 2: "critical and important", 3: "all loads" };
const hours = (value) => number(value, "h", 1);
const euro = (value) => (known(value) ? `${number(value, "", 2)} EUR` : "not known");

function figure(curve) {
  const pens = [colour("--text"), colour("--pen"), colour("--line")];
  const data = Object.keys(SERVED).filter((priority) => curve[priority]).map((priority, at) => ({
    x: curve.h, y: curve[priority].map((share) => PERCENT * share), name: SERVED[priority], mode: "lines",
    line: { color: pens[at], width: 2, dash: DASHES[at] }, hovertemplate: "%{x:.1f} h: %{y:.0f} %<extra></extra>",
  }));
  const layout = { margin: { l: 56, r: 16, t: 28, b: 40 }, legend: { orientation: "h", y: 1.16, x: 0 }, xaxis: { title: { text: "Hours alone" }, rangemode: "tozero" }, yaxis: { title: { text: "Still served, %" }, range: [0, 104] } };
  return { data, layout };
}

const row = (one) => h("tr", {}, h("th", { scope: "row" }, SERVED[one.priority]), ...["p10", "p50", "p90"].map((name) => h("td", { class: "number" }, `${one[name] >= one.horizon_h ? "≥ " : ""}${hours(one[name])}`)), h("td", { class: "number" }, number(PERCENT * one.beyond, "%", 0)));

function reserveWords({ reserve_kwh: held, until, basis_label: basis, reason: why, cost_eur: cost }) {
  const span = until ? ` until ${day(instant(until))} ${minute(instant(until))}` : "";
  return `${kwh(held)} kWh${span} (${basis.toLowerCase()}). ${why} ${known(cost) ? `Holding it costs ${euro(cost)}.` : "What holding it costs is not known."}`;
}

/** Before the first look it says so. */
export function drawReadiness(told) {
  const works = Boolean(told?.hours.length);
  [byId("ready").hidden, byId("ready-empty").hidden] = [!told, works];
  setText(byId("ready-empty"), told ? told.reason || "Nothing could be said." : "Not worked out yet: it is looked at every few minutes.");
  setText(byId("ready-state"), told?.as_of ? `${told.is_old ? "OLD: " : ""}of ${time(instant(told.as_of))}, ${number(told.scenarios, "", 0)} draws` : "");
  if (!told) return;
  byId("ready-hours").replaceChildren(...told.hours.map(row));
  byId("ready-chart").hidden = !told.curve;
  if (told.curve && window.Plotly) draw(byId("ready-chart"), () => figure(told.curve));
  else clear(byId("ready-chart"));
  byId("ready-gains").replaceChildren(...(told.gains.length ? told.gains.map((one) => h("li", {}, one.words)) : [h("li", { class: "muted" }, "Nothing was tried.")]));
  setText(byId("ready-reserve"), reserveWords(told.reserve));
  if (byId("reserve-back")) byId("reserve-back").hidden = !told.reserve.wish;
}

/** A person's wish goes before what is worked out; only who may manage microgrids has the form. */
export function reserveForm(mrid, refresh) {
  const form = byId("reserve-form"), url = api(`microgrids/${mrid}/reserve`);
  const send = async (method, body, done) => {
    const { status, body: told } = await exchange(url, method, body);
    const good = status >= 200 && status < 300;
    setText(byId("reserve-outcome"), good ? done : reason(told, status));
    if (good) form.reset();
    await refresh();
  };
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const { reserve_kwh: kwhField, ends_at: until, reason: why } = form.elements;
    return send("POST", { reserve_kwh: kwhField.value, ends_at: asInstant(until.value), reason: why.value }, "Held from now on.");
  });
  byId("reserve-back")?.addEventListener("click", () => send("DELETE", {}, "Taken back: what is worked out holds again."));
}

const fact = (title, value, note = "") => h("div", {}, h("dt", {}, title), h("dd", {}, value), note ? h("dd", { class: "small muted" }, note) : "");

export function drawResults(told) {
  [byId("results").hidden, byId("results-empty").hidden] = [!told, Boolean(told)];
  setText(byId("results-empty"), "Not worked out yet.");
  if (!told) return;
  const { resilience, transitions, reliability, cost } = told, lost = resilience.unserved_kwh;
  setText(byId("results-state"), `since ${new Date(told.begin).toISOString().slice(0, 10)}`);
  byId("results").replaceChildren(
    fact("Stood alone, h", hours(resilience.hours_alone), `of ${hours(resilience.hours_watched)} h that were watched`),
    fact("Not served, kWh", Object.values(lost).map((value) => kwh(value)).join(" / "), "critical, important, deferrable"),
    fact("Transitions", known(transitions.begun) ? `${transitions.succeeded ?? NOTHING} of ${transitions.ended ?? transitions.begun} succeeded` : NOTHING, "done, or went back safely"),
    fact("Cost", euro(cost.total_eur), known(cost.uncontrolled_eur) ? `without control ${euro(cost.uncontrolled_eur)}` : cost.reason ?? ""),
    ...Object.entries(reliability).filter(([, value]) => typeof value === "number").map(([name, value]) => fact(words(name), number(value, "", Number.isInteger(value) ? 0 : 2))),
  );
}
