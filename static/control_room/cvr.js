/** Voltage experiments: what they came to, day by day, with the voltages that guard them. */
import { api, get, post } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { instant, number, time } from "../js/format.js";
import { live } from "../js/live.js";
import { GUARD, UNIT, dayIs, dayWords, interval, kwh, phaseOf, pu, whyNoFactor } from "./cvr_words.js";
import { clear, colour, draw } from "./plotly_theme.js";

const REFRESH_MS = 20_000, MOST_F = 1000;
const root = document.querySelector(".cvr");
const mayDraft = root.dataset.mayDraft === "yes" && !config.past, mayDecide = root.dataset.mayDecide === "yes" && !config.past;
let chosen = null, ticket = 0;

function row(one) {
  const pick = h("button", { type: "button", onclick: () => { chosen = one.id; refresh(); } }, one.feeder_name);
  return h("tr", { "aria-selected": String(one.id === chosen) },
    h("th", { scope: "row" }, pick, h("span", { class: "reason" }, one.units.map(({ name }) => name).join(", "))),
    h("td", {}, h("span", { class: "phase", "data-is": phaseOf(one.status) }, one.status_label), one.reason && h("span", { class: "reason" }, one.reason)),
    h("td", {}, `${one.starts_on} to ${one.ends_on}`),
    h("td", { class: "number" }, String(one.steps_down)),
    h("td", { class: "number" }, `${one.measured_days} of ${one.days}`),
    h("td", { class: "number" }, interval(one.factor), h("span", { class: "reason" }, whyNoFactor(one))),
    h("td", { class: "number" }, interval(one.saved_kwh, 0)));
}

function drawList(rows) {
  byId("experiments").replaceChildren(...rows.map(row));
  byId("experiments-empty").hidden = rows.length > 0;
  const runs = rows.filter((one) => one.status === "running"), waits = rows.filter((one) => one.status === "draft");
  setText(byId("verdict"), [runs.length ? `${runs.length} running: ${runs.map((one) => one.feeder_name).join(", ")}.` : "No experiment is running.", waits.length ? `${waits.length} wait for a second person.` : ""].filter(Boolean).join(" "));
}

const tile = (name, value, note) => h("div", {}, h("dt", {}, name), h("dd", {}, h("b", {}, value)), h("dd", { class: "small muted" }, note));
const band = ({ low, high } = {}, decimals = 2) => (low === null || low === undefined ? "" : `${number(low, UNIT[decimals], decimals)} to ${number(high, UNIT[decimals], decimals)}`);

function worth({ currency, price_per_mwh: price, saved, wear, net, tap_step_cost: step, tap_step_source: source, average_kg: average, marginal_kg: marginal, reason }) {
  const money = (value) => (value === null ? "not known" : `${number(value, "", 2)} ${currency}`);
  const kg = (value) => (value === null ? "not known" : number(value, "kg", 0));
  const at = price === null ? reason : `at ${number(price, "", 2)} ${currency}/MWh, day ahead${band(saved) && `; ${band(saved)}`}`;
  return [
    tile("Worth of the energy saved", money(saved.value), at),
    tile("Wear of tap changers", money(wear), `${number(step, "", 2)} a step. ${source}`),
    tile("Left over", money(net), `CO₂e avoided, kg: ${kg(average)} by average factors, ${kg(marginal)} by marginal ones`),
  ];
}

function drawTiles(one) {
  const told = one.result, sure = `${number(100 * one.confidence, "%", 0)} % interval`;
  const energy = told.energy_percent ?? {}, saved = told.saved_kwh ?? {};
  byId("tiles").replaceChildren(
    tile("CVR factor", number(one.factor.value ?? null, "", 2), one.factor.value === null ? one.no_factor_because : `${sure} ${band(one.factor)}`),
    tile("Saved on reduced days", `${kwh(saved.value)} kWh`, band(saved, 0) && `${sure} ${band(saved, 0)}`),
    tile("Energy of a reduced day", `${number(energy.value ?? null, "", 2)} %`, band(energy) && `${sure} ${band(energy)}`),
    tile("Voltage of a reduced day", `${number(told.voltage_percent ?? null, "", 2)} %`, `${one.steps_down} steps of ${number(one.step_percent, "", 2)} % wanted`),
    tile("Days measured", `${one.measured_days}`, `${told.days_reduced ?? 0} reduced, ${told.days_normal ?? 0} normal; ${one.days} in all`),
    tile("Steps ordered", `${one.operations}`, `of tap changers; at most ${one.most_operations_per_day} a day`),
    ...worth(one.money));
}

function bars(target, one, key, title, more = {}) {
  const days = one.calendar.filter((day) => day[key] !== null);
  if (!days.length) {
    clear(target);
    target.replaceChildren(h("p", { class: "empty" }, "Nothing was measured yet."));
    return;
  }
  target.querySelector(".empty")?.remove();
  const trace = (reduced, name, token, symbol) => ({ type: "scatter", mode: "markers", name, x: days.filter((day) => day.reduced === reduced).map(({ day }) => day), y: days.filter((day) => day.reduced === reduced).map((day) => day[key]), marker: { color: colour(token), symbol, size: 9 } });
  draw(target, () => ({
    data: [trace(true, "reduced", "--host-3", "circle"), trace(false, "normal", "--line", "square-open")],
    layout: { margin: { l: 64, r: 12, t: 8, b: 44 }, xaxis: { type: "date" }, yaxis: { title: { text: title }, ...more.axis }, legend: { orientation: "h", y: 1.14 }, shapes: more.guard ? [{ type: "line", xref: "paper", x0: 0, x1: 1, y0: more.guard, y1: more.guard, line: { color: colour("--text"), dash: "dash", width: 2 } }] : [], annotations: more.guard ? [{ xref: "paper", x: 1, y: more.guard, text: "guard", showarrow: false, yanchor: "bottom", xanchor: "right" }] : [] },
  }));
}

async function act(path, body) {
  try {
    setText(byId("one-fault"), "");
    await post(api(`efficiency/cvr/${chosen}/${path}`), body);
    await refresh();
  } catch (error) {
    setText(byId("one-fault"), error.message);
  }
}

function reasoned(label, path) {
  const why = h("input", { "aria-label": "Reason", placeholder: "Reason", maxlength: 200, required: "" });
  return h("form", { class: "acts", onsubmit: (event) => { event.preventDefault(); if (why.value.trim()) act(path, { reason: why.value.trim() }); else why.focus(); } }, why, h("button", { type: "submit" }, label));
}

function acts(one) {
  const found = [];
  if (mayDecide && one.status === "draft") found.push(h("button", { type: "button", onclick: () => act("approval", {}) }, "Approve"));
  if (mayDraft && ["draft", "approved"].includes(one.status)) found.push(reasoned("Withdraw", "withdrawal"));
  if (mayDecide && one.status === "running") found.push(reasoned("Stop, go back", "stop"));
  return found;
}

function drawActs(one) {
  const box = byId("one-acts"), key = `${one.id}.${one.status}`;
  if (box.dataset.key === key) return;  // a reason that is being typed stays
  box.dataset.key = key;
  box.replaceChildren(...acts(one));
}

function drawOne(one) {
  byId("one").hidden = byId("guard").hidden = false;
  setText(byId("one-title"), `${one.feeder_name}, ${one.starts_on} to ${one.ends_on}`);
  setText(byId("one-state"), one.status_label);
  byId("one-state").dataset.is = phaseOf(one.status);
  setText(byId("one-words"), [one.reason, one.purpose, `Drafted by ${one.made_by}${one.approved_by ? `, approved by ${one.approved_by}, in whose name taps are ordered` : ""}.`].filter(Boolean).join(" "));
  drawActs(one);
  drawTiles(one);
  bars(byId("voltages"), one, "lowest_pu", "pu", { guard: one.guard_pu });
  bars(byId("energies"), one, "energy_kwh", "kWh", { axis: { rangemode: "normal" } });
  byId("calendar").replaceChildren(...one.calendar.map((day) => h("li", { class: "day", "data-is": dayIs(day), "data-drawn": day.reduced ? "reduced" : "normal", title: dayWords(day), "aria-label": dayWords(day) }, `${day.guard_hit ? "! " : ""}${day.day.slice(5)}`)));
  drawGuard(one);
}

function drawGuard({ guard, guard_pu: least, result: told, reference_feeders: others, plan }) {
  setText(byId("guard-state"), `${GUARD[guard.state] ?? guard.state}, ${time(instant(guard.as_of))}`);
  byId("bellwethers").replaceChildren(...guard.bellwethers.map((one) => h("tr", {}, h("th", { scope: "row" }, one.name), h("td", { class: "number" }, pu(one.voltage_pu)), h("td", { class: "number" }, one.voltage_pu === null ? "not told" : pu(one.voltage_pu - least)))));
  const facts = [
    ["Guard", `${pu(least)} pu: limit and margin`],
    ["Method", "day's lot as instrument of the voltage, days as clusters"],
    ["Strength of the lot (F)", told.first_f > MOST_F ? `beyond ${MOST_F}` : number(told.first_f ?? null, "", 1)],
    ["Chance of it without effect", told.p_value === undefined || told.p_value === null ? "not known" : number(told.p_value, "", 3)],
    ["Weather", told.has_weather === undefined ? "not known" : told.has_weather ? "taken out" : "none is known"],
    ["Other feeders", told.has_reference ? `${others}, taken out` : "none is measured"],
    ["Hours counted", number(told.hours ?? null, "", 0)],
    ["By power flow before", plan.foreseen_lowest_pu ? `${pu(plan.foreseen_lowest_pu)} pu at ${plan.foreseen_lowest_at}` : "not known"],
    ["Days needed, as planned", plan.days_needed ?? "not known"],
    ["Goes down with it", plan.together?.length ? plan.together.join(", ") : "no other feeder"],
  ];
  byId("facts").replaceChildren(...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value))]));
}

export async function refresh(id) {
  if (id) chosen = id;
  const mine = ++ticket;
  try {
    const { experiments } = await get(api("efficiency/cvr"));
    chosen ??= (experiments.find((one) => one.is_open) ?? experiments[0])?.id ?? null;
    const one = chosen === null ? null : await get(api(`efficiency/cvr/${chosen}`));
    if (mine !== ticket) return;
    drawList(experiments);
    if (one) drawOne(one);
    setText(byId("state"), `as of ${time(live.now())}`);
  } catch (error) {
    if (mine === ticket) setText(byId("state"), error.message);
  }
}

document.addEventListener("cvr-drafted", ({ detail }) => refresh(detail));
if (!config.past) {
  live.addEventListener("hint", ({ detail }) => detail.topic === "efficiency" && refresh());
  setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
}
refresh();
