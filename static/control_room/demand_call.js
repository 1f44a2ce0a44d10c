/** One call: what is asked, how the feeders go, who decided, what is delivered, who opts out, what is missing. */
import { api, get, post } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { day, instant, minute, number, time, when } from "../js/format.js";
import { live } from "../js/live.js";
import { ask } from "./ask.js";
import { flowCourse, liveCourse } from "./demand_call_charts.js";
import { BandChart } from "./renewables_chart.js";

const REFRESH_MS = 15_000, OVER = ["completed", "cancelled", "rejected", "expired", "failed"], LEAST_SHORT = 0.05;
const page = byId("event"), id = page.dataset.call, mayAct = page.dataset.mayAct === "yes" && !config.past, mayName = page.dataset.mayName === "yes";
const liveChart = new BandChart(byId("live-chart"), byId("live-reading")), flowChart = new BandChart(byId("flow-chart"), byId("flow-reading"));
const kw = (value) => (value !== null && Math.abs(value) < 10 ? number(value, "", 1) : number(value === null ? null : Math.round(value), "", 0));
const cell = (text) => h("td", { class: "number" }, text);
const count = (value) => cell(number(value ?? null, "", 0));
const moment = (text) => (text ? when(instant(text), live.now()) : "–");
const span = (a, b) => `${day(instant(a)).slice(5)} ${minute(instant(a))} to ${minute(instant(b))}`;
let ticket = 0, call = null;

function fact(name, ...what) { return [h("dt", {}, name), h("dd", {}, ...what)]; }

function drawFacts() {
  const feeders = call.verification.feeders?.map((one) => one.name).join(", ") || "–";
  const decided = call.decided_by ?? (call.rule ? `the rule ${call.rule}` : null);
  const left = Object.entries(call.left_out).map(([why, how]) => `${how}: ${why}`);
  byId("facts").replaceChildren(
    ...fact("Program", call.program_title), ...fact("Aim", call.aim_label), ...fact("Time", span(call.starts_at, call.ends_at)), ...fact("Rebound until", moment(call.settled_at)),
    ...fact("Customers", number(call.customers, "", 0)), ...fact("Expected", `${kw(call.kw_p50)} kW (${kw(call.kw_p10)} to ${kw(call.kw_p90)})`),
    ...fact("Cost", `${number(call.cost_eur, "", 2)} EUR`), ...fact("Worth", call.worth_eur === null ? "not told by an opportunity" : `${number(call.worth_eur, "", 2)} EUR`),
    ...fact("Feeders", feeders), ...fact("Power flow", `${call.verdict_label}, ${moment(call.verified_at)}`),
    ...fact("Handed in", call.submitted_at ? `${call.submitted_by ?? "GridOps"}, ${moment(call.submitted_at)}` : "not yet"),
    ...fact("Decided", decided ? `${decided}, ${moment(call.decided_at)}` : call.needs_second ? `by another person: more than ${call.approval_above_customers} customers` : "not yet"),
    ...(call.supplements ? fact("Makes up for", h("a", { href: `/demand/calls/${call.supplements}/` }, `call ${call.supplements}`)) : []),
    ...(call.supplemented_by.length ? fact("Made up by", ...call.supplemented_by.map((one) => h("a", { href: `/demand/calls/${one}/` }, `call ${one} `))) : []),
    ...(left.length ? fact("Not asked", left.join("; ")) : []));
  byId("staging").replaceChildren(...[call.explanation, ...call.staging].filter(Boolean).map((text) => h("li", {}, text)));
}

function drawLive() {
  const { isTold, given } = liveCourse(call, live.now());
  byId("live-empty").hidden = isTold || !["completed", "active"].includes(call.status);
  liveChart.draw(given);
  const told = call.outlook;
  setText(byId("live-words"), !told ? "" : [`Planned ${kw(told.planned_kw)} kW.`, told.told ? `Those who told will give ${kw(told.expected_kw)} kW of their ${kw(told.told_kw)}.` : "", `${kw(told.unknown_kw)} kW are planned of those who have not told: unknown.`, told.opted_out_kw ? `${kw(told.opted_out_kw)} kW have opted out.` : "", told.shortfall_kw > 0.5 ? `At least ${kw(told.shortfall_kw)} kW are missing, at worst ${kw(told.shortfall_at_worst_kw)}.` : ""].filter(Boolean).join(" "));
}

function drawFlow() {
  const told = call.verification, feeders = told.feeders ?? [], select = byId("feeder");
  if (select.options.length !== feeders.length) select.replaceChildren(...feeders.map((one, n) => h("option", { value: n }, one.name)));
  byId("flow-chart").hidden = !feeders.length;
  byId("flow-empty").hidden = feeders.length > 0;
  if (feeders.length) flowChart.draw(flowCourse(told, Number(select.value || 0), byId("figure").value, live.now()));
  const one = feeders[Number(select.value || 0)];
  const peak = one ? [`${one.name}: highest ${kw(one.peak_before_kw)} kW without the call, ${kw(one.peak_after_kw)} kW with it and its rebound.`] : [];
  byId("flow-words").replaceChildren(...[...peak, ...(told.sentences ?? []), told.expected_from ? `Expected by ${told.expected_from}.` : ""].filter(Boolean).map((text) => h("li", {}, text)));
}

function stageRow(one) {
  const said = one.answers, rebound = Math.max(0, ...one.rebound_kw), reasons = [one.stagger_reason, one.reason].filter(Boolean);
  return h("tr", {}, cell(String(one.number)), h("td", {}, span(one.starts_at, one.ends_at), ...reasons.map((text) => h("span", { class: "reason" }, text))), h("td", {}, one.status_label), count(one.customers), cell(kw(one.kw_p10)), cell(kw(one.kw_p50)), cell(kw(one.kw_p90)), count(said.takes_part), count(said.opted_out), count((said.declined ?? 0) + (said.faulty ?? 0)), count(said.silent), cell(kw(rebound)));
}

function drawRecord() {
  byId("stages").replaceChildren(...call.stages.map(stageRow));
  byId("record").replaceChildren(...call.record.map((one) => h("tr", {}, h("td", { class: "nowrap" }, `${day(instant(one.at)).slice(5)} ${time(instant(one.at))}`), h("td", {}, one.who), h("td", {}, one.what.replace("call.", "")), h("td", {}, one.reason))));
}

async function drawPeople() {
  if (!mayName) return;
  const found = await get(api(`demand/calls/${id}/participants`));
  setText(byId("people-state"), found.count > found.participants.length ? `the first ${found.participants.length} of ${number(found.count, "", 0)}` : `${found.count}`);
  byId("people").replaceChildren(...found.participants.map((one) => h("tr", {}, h("th", { scope: "row" }, one.reference), cell(String(one.stage)), cell(kw(one.kw_p50)), h("td", {}, one.opted_out_at ? `Opted out by ${one.opted_out_by}` : one.answer_label, one.opt_out_reason && h("span", { class: "reason" }, one.opt_out_reason)), cell(one.saved_kwh === null ? "not known" : number(one.saved_kwh, "", 2)))));
}

/** What the state allows; what a person may not do the server refuses with its reason. */
const ACTS = {
  submission: { word: "Hand in", at: ["draft"], done: "Handed in." },
  approval: { word: "Approve", at: ["submitted"], done: "Approved: it is sent within seconds." },
  rejection: { word: "Reject", at: ["submitted"], done: "Rejected.", why: "Why is it rejected?" },
  cancellation: { word: "Cancel the call", at: ["draft", "submitted", "approved", "scheduled", "active"], done: "Cancelled: its events are withdrawn.", why: "Why is it cancelled?" },
};

async function act(name, body = null) {
  const { word, done, why } = ACTS[name];
  const reason = why ? await ask({ title: word, label: why, text: "", yes: word }) : "";
  if (why && !reason) return;
  try {
    await post(api(`demand/calls/${id}/${name}`), why ? { reason } : body ?? {});
    setText(byId("outcome"), done);
  } catch (error) {
    setText(byId("outcome"), error.message);
  }
  refresh();
}

async function makeUp() {
  const wanted = Math.ceil(Math.max(call.outlook.shortfall_kw, 1));
  try {
    await post(api(`demand/calls/${id}/supplement`), { wanted_kw: wanted });
    setText(byId("outcome"), `A call of ${wanted} kW more is being worked out; it appears here and on the desk.`);
  } catch (error) {
    setText(byId("outcome"), error.message);
  }
}

function drawActs() {
  if (!mayAct) return;
  const buttons = Object.entries(ACTS).filter(([, { at }]) => at.includes(call.status)).map(([name, { word }]) => h("button", { type: "button", class: name === "cancellation" ? "quiet" : null, onclick: () => act(name) }, word));
  const short = call.status === "active" && call.outlook && call.outlook.shortfall_kw > LEAST_SHORT * call.kw_p50;
  if (short) buttons.unshift(h("button", { type: "button", onclick: makeUp }, `Make up ${kw(call.outlook.shortfall_kw)} kW`));
  const words = buttons.map((one) => one.textContent).join();
  if (byId("acts").dataset.has !== words) { byId("acts").dataset.has = words; byId("acts").replaceChildren(...buttons); }
}

function verdict() {
  const told = call.outlook;
  if (call.status === "active" && told) return told.told ? `${kw(told.expected_kw)} of ${kw(told.planned_kw)} kW are coming by those who told.` : `Under way; of ${kw(told.planned_kw)} kW planned nobody has told yet what is delivered.`;
  if (call.status === "draft") return call.verdict === "passed" ? "Checked by power flow; it can be handed in." : `${call.verdict_label}.`;
  if (call.status === "submitted") return call.needs_second ? "Waits for the approval of another person." : "Waits for approval.";
  return call.reason;
}

async function refresh() {
  const mine = ++ticket;
  try {
    const found = await get(api(`demand/calls/${id}`));
    if (mine !== ticket) return;
    call = found;
    setText(byId("status"), call.status_label);
    byId("status").dataset.is = call.status === "active" ? "active" : OVER.includes(call.status) ? "over" : "ahead";
    setText(byId("verdict"), verdict());
    [drawFacts, drawLive, drawFlow, drawRecord, drawActs].forEach((draw) => draw());
    await drawPeople();
  } catch (error) {
    if (mine === ticket) setText(byId("outcome"), error.message);
  }
}

byId("feeder").addEventListener("change", drawFlow);
byId("figure").addEventListener("change", drawFlow);
if (config.past) live.addEventListener("jump", refresh);
else {
  live.addEventListener("hint", ({ detail }) => detail.topic === "calls" && refresh());
  setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
}
refresh();
