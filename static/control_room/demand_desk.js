/** The desk of demand response: what could be asked for now, what runs, where it is worth most, one click to a plan. */
import { api, get, post } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { asInstant, day, instant, minute, number, time } from "../js/format.js";
import { live } from "../js/live.js";

const REFRESH_MS = 20_000, OVER = ["completed", "cancelled", "rejected", "expired", "failed"], RUNS = ["scheduled", "active"], WAITS = ["waiting", "working"];
const mayAct = document.querySelector(".desk").dataset.mayAct === "yes" && !config.past;
const kw = (value) => (value !== null && Math.abs(value) < 10 ? number(value, "", 1) : number(value === null ? null : Math.round(value), "", 0));
const cell = (text) => h("td", { class: "number" }, text);
const phase = (status, text) => h("span", { class: "phase", "data-is": status === "active" ? "active" : OVER.includes(status) ? "over" : "ahead" }, text);
let ticket = 0, programs = [];

function span(from, until) {
  const [a, b] = [instant(from), instant(until)], now = live.now();
  return `${day(a) === day(now) ? "" : `${day(a).slice(5)} `}${minute(a)} to ${minute(b)}`;
}

function drawAvailable(told) {
  const rows = told.available, all = told.together;
  byId("available-empty").hidden = rows.length > 0;
  setText(byId("available-empty"), told.as_of ? "Nobody could be asked now. Customers come with an active program, their enrolment and the identity of their equipment." : "Not known: nobody has looked yet. It is looked at each quarter of an hour.");
  setText(byId("available-kw"), rows.length ? `${kw(all.kw_p50)} kW` : "–");
  setText(byId("available-band"), rows.length ? `expected for an hour, P10 ${kw(all.kw_p10)}, P90 ${kw(all.kw_p90)} kW; ${number(all.customers, "", 0)} customers` : "");
  setText(byId("available-state"), told.as_of ? `as of ${time(instant(told.as_of))}` : "");
  byId("available").replaceChildren(...rows.map((one) => h("tr", {}, h("th", { scope: "row" }, one.kind_label, h("span", { class: "reason" }, one.program_title)), cell(number(one.customers, "", 0)), cell(kw(one.rated_kw)), cell(kw(one.kw_p10)), cell(kw(one.kw_p50)), cell(kw(one.kw_p90)), h("td", {}, h("span", { class: "reason" }, one.events ? `${one.events} past events` : one.known_from)))));
}

function planButton(one) {
  const mine = [...Map.groupBy(one.segments, (each) => each.program)].map(([id, of]) => ({ id, title: of[0].program_title, kw: of.reduce((all, each) => all + each.kw_p50, 0) }));
  return mine.map((program) => h("button", { type: "button", onclick: () => plan({ program: program.id, opportunity: one.id, starts_at: one.starts_at, ends_at: one.ends_at, wanted_kw: Math.max(1, Math.floor(Math.min(one.wanted_kw, program.kw) * 0.95)) }) }, mine.length > 1 ? `Plan with ${program.title}` : "Plan"));
}

function opportunityRow(one) {
  const row = h("tr", {}, cell(String(one.rank)), h("th", { scope: "row" }, `${one.kind_label}: ${one.place}`, ...one.sentences.map((text) => h("span", { class: "reason" }, text))), h("td", { class: "nowrap" }, span(one.starts_at, one.ends_at)),
    cell(kw(one.wanted_kw)), cell(kw(one.kw_p10)), cell(kw(one.kw_p50)), cell(kw(one.kw_p90)), cell(number(one.worth_eur_per_kwh, "", 2)), cell(number(one.cost_eur_per_kwh, "", 2)), cell(number(one.value_eur, "", 2)));
  if (mayAct) row.append(h("td", {}, ...planButton(one)));
  return row;
}

function drawOpportunities(told) {
  byId("opportunities").replaceChildren(...told.opportunities.map(opportunityRow));
  byId("opportunities-empty").hidden = told.opportunities.length > 0;
  setText(byId("opportunities-empty"), told.reason || "Nothing of what was found can be helped by customers who could be asked then.");
  setText(byId("looked"), told.as_of ? `looked at ${time(instant(told.as_of))}; again with every forecast` : "");
}

function callRow(one) {
  const note = one.status === "submitted" ? (one.needs_second ? `handed in by ${one.submitted_by ?? "GridOps"}; another person approves` : "waits for approval") : one.reason;
  return h("tr", {}, h("th", { scope: "row" }, h("a", { href: `/demand/calls/${one.id}/` }, one.title), h("span", { class: "reason" }, one.program_title)), h("td", {}, phase(one.status, one.status_label), note && h("span", { class: "reason" }, note)), h("td", { class: "nowrap" }, span(one.starts_at, one.ends_at)), cell(number(one.customers, "", 0)), cell(kw(one.kw_p50)), cell(number(one.cost_eur, "", 2)));
}

function drawCalls(calls) {
  const rank = (one) => (one.status === "active" ? 0 : OVER.includes(one.status) ? 2 : 1);
  byId("calls").replaceChildren(...[...calls].sort((a, b) => rank(a) - rank(b) || b.id - a.id).map(callRow));
  byId("calls-empty").hidden = calls.length > 0;
  const runs = calls.filter((one) => one.status === "active"), waits = calls.filter((one) => one.status === "submitted"), sent = calls.filter((one) => RUNS.includes(one.status)).length;
  setText(byId("running-state"), `${sent} sent`);
  const kwOf = runs.reduce((all, one) => all + one.kw_p50, 0);
  setText(byId("verdict"), [runs.length ? `${runs.length} under way for ${kw(kwOf)} kW.` : "Nothing is under way.", waits.length ? `${waits.length} wait for approval.` : ""].filter(Boolean).join(" "));
}

function strategyRow(one) {
  const head = one.call ? h("a", { href: `/demand/calls/${one.call}/` }, `${one.program_title}, ${span(one.starts_at, one.ends_at)}`) : `${one.program_title}, ${span(one.starts_at, one.ends_at)}`;
  const left = Object.entries(one.left_out).map(([why, count]) => `${count} not asked: ${why}`);
  const words = [one.reason, ...one.relaxation, ...one.staging, ...left].filter(Boolean);
  return h("tr", {}, h("th", { scope: "row" }, head, one.made_by && h("span", { class: "reason" }, `by ${one.made_by} at ${time(instant(one.made_at))}`)), h("td", {}, one.status_label, ...words.map((text) => h("span", { class: "reason" }, text))), cell(kw(one.wanted_kw)), cell(kw(one.kw_p50)), cell(one.customers === null ? "–" : number(one.customers, "", 0)), cell(number(one.cost_eur, "", 2)));
}

function drawStrategies(rows) {
  byId("strategies").replaceChildren(...rows.map(strategyRow));
  byId("strategies-empty").hidden = rows.length > 0;
}

/** A worker works it out; when it ends as a call, that call is opened. */
async function plan(wish) {
  try {
    setText(byId("plan-state"), "Being worked out: whom to ask, in which stages, checked on the feeders.");
    const made = await post(api("demand/strategies"), wish);
    await follow(made.id);
  } catch (error) {
    setText(byId("plan-state"), error.message);
  }
}

async function follow(id) {
  const found = await get(api(`demand/strategies/${id}`));
  if (WAITS.includes(found.status)) {
    setTimeout(() => follow(id).catch((error) => setText(byId("plan-state"), error.message)), 1000);
    return;
  }
  if (found.call) { location.href = `/demand/calls/${found.call}/`; return; }
  setText(byId("plan-state"), [found.status_label, found.reason, ...found.relaxation.slice(0, 1)].filter(Boolean).join(". "));
  refresh();
}

function fillPrograms(found) {
  programs = found.filter((one) => one.is_active);
  const select = byId("plan-program");
  if (select && select.options.length !== programs.length) select.replaceChildren(...programs.map((one) => h("option", { value: one.id }, one.title)));
}

async function refresh() {
  const mine = ++ticket;
  try {
    const [told, { calls }, { strategies }, own] = await Promise.all([get(api("demand/opportunities")), get(api("demand/calls")), get(api("demand/strategies")), mayAct ? get(api("demand/programs")) : []]);
    if (mine !== ticket) return;
    drawAvailable(told);
    drawOpportunities(told);
    drawCalls(calls);
    drawStrategies(strategies);
    fillPrograms(own);
    setText(byId("state"), `as of ${time(live.now())}`);
  } catch (error) {
    if (mine === ticket) setText(byId("state"), error.message);
  }
}

byId("plan-form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!programs.length) { setText(byId("plan-state"), "No program is active; a program manager activates one."); return; }
  plan({ program: Number(byId("plan-program").value), starts_at: asInstant(byId("plan-from").value), ends_at: asInstant(byId("plan-until").value), wanted_kw: byId("plan-kw").value || null });
});
if (config.past) live.addEventListener("jump", refresh);
else {
  live.addEventListener("hint", ({ detail }) => detail.topic === "calls" && refresh());
  setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
}
refresh();
