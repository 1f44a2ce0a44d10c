/** What a call came to: load against baseline, methods side by side, stages, money, customers. */
import { api, get, post } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { day, isKnown, minute, number } from "../js/format.js";
import { keepPast } from "../js/past_url.js";
import { BandChart } from "./renewables_chart.js";

const page = byId("evaluation"), mayRun = page.dataset.mayRun === "yes";
const chart = new BandChart(byId("course"), byId("course-reading"));
const WAIT_MS = 3000, SEARCH_MS = 250, UNKNOWN = "not known";
let shown = null, ticket = 0, timer = null;

const at = (text) => `${day(Date.parse(text))} ${minute(Date.parse(text))}`;
const kwh = (value, digits = 1) => (isKnown(value) ? number(value, "", digits) : UNKNOWN);
const eur = (value) => (isKnown(value) ? number(value, "", 2) : UNKNOWN);
const span = (low, high, digits = 1) => (isKnown(low) && isKnown(high) ? `${number(low, "", digits)} to ${number(high, "", digits)}` : UNKNOWN);
const percent = (share) => (isKnown(share) ? `${number(Math.round(100 * share), "", 0)} %` : UNKNOWN);
const cell = (text) => h("td", { class: "number" }, text);
const row = (name, value, note = "") => h("tr", {}, h("th", { scope: "row" }, name, note ? h("span", { class: "reason" }, note) : ""), cell(value));

async function drawCalls() {
  const { evaluations } = await get(api("demand/evaluations"));
  const chosen = Number(page.dataset.call) || evaluations[0]?.call;
  byId("call").replaceChildren(...evaluations.map((one) => h("option", { value: one.call, selected: one.call === chosen ? "" : null }, `${at(one.starts_at)}, ${one.title}, ${one.program_title}`)));
  byId("call").hidden = !evaluations.length;
  if (byId("again")) byId("again").hidden = !chosen || Boolean(config?.past);
  if (!chosen) return nothing("No call has been evaluated yet. A call is measured by itself when its rebound is over and readings of its customers have come; import readings on the page of programs.");
  await draw(chosen);
}

function nothing(words) {
  byId("sheets").hidden = true;
  byId("none").hidden = false;
  setText(byId("none"), words);
  setText(byId("verdict"), "");
  setText(byId("state"), "");
}

async function draw(call) {
  const mine = ++ticket;
  clearTimeout(timer);
  const told = await get(api(`demand/calls/${call}/evaluation`));
  if (mine !== ticket) return;
  page.dataset.call = String(call);
  const waits = told.history[0]?.status === "waiting";
  if (waits && !config?.past) timer = setTimeout(() => draw(call).catch(failed), WAIT_MS);
  const one = told.evaluation;
  if (!one) return nothing(waits ? "It is being worked out." : told.history[0]?.reason || "This call has not been evaluated yet. That comes by itself when its rebound is over and readings of its customers have come.");
  byId("none").hidden = true;
  byId("sheets").hidden = false;
  setText(byId("state"), `readings that had come by ${at(one.as_of)}${waits ? "; being worked out anew" : ""}`);
  const share = isKnown(one.delivered_kw) && one.promised_kw > 0 ? one.delivered_kw / one.promised_kw : null;
  setText(byId("verdict"), isKnown(one.delivered_kw) ? `${number(Math.round(one.delivered_kw), "", 0)} kW delivered in the best hour, ${percent(share)} of the ${number(Math.round(one.promised_kw), "", 0)} kW planned` : "No customer has readings for the whole event");
  drawCourse(one, told);
  drawFigures(one, told);
  drawMethods(one.methods);
  drawHours(one.stages);
  drawWorth(one.worth);
  drawSatisfaction(one.satisfaction, told.survey);
  if (mayRun && shown !== one.id) { shown = one.id; await drawCustomers(one.id); }
}

function drawCourse({ course }, { starts_at, ends_at }) {
  const t = course.starts_at.map((text) => Date.parse(text) / 1000), [begin, end] = [starts_at, ends_at].map((text) => Date.parse(text) / 1000);
  const values = [...course.load_kw, ...course.baseline_kw, ...course.baseline_high_kw].filter(isKnown);
  const top = Math.max(0, ...values), inside = (on) => t.map((one) => (one >= begin && one <= end ? on : null));
  const lines = [
    { values: inside(top), colour: "var(--select)", width: 0 }, { values: inside(0), colour: "var(--select)", width: 0 },
    { values: course.baseline_high_kw, colour: "var(--pen)", width: 0 }, { values: course.baseline_low_kw, colour: "var(--pen)", width: 0 },
    { values: course.baseline_kw, colour: "var(--pen)", width: 2, dash: [6, 4] }, { values: course.load_kw, colour: "var(--text)", width: 2 },
  ];
  const bands = [{ high: 0, low: 1, colour: "color-mix(in srgb, var(--select) 16%, transparent)" }, { high: 2, low: 3, colour: "color-mix(in srgb, var(--pen) 24%, transparent)" }];
  const words = (i) => `load ${kwh(course.load_kw[i])}, baseline ${kwh(course.baseline_kw[i])}${isKnown(course.baseline_low_kw[i]) ? ` (${span(course.baseline_low_kw[i], course.baseline_high_kw[i])})` : ""}`;
  if (t.length) chart.draw({ t, lines, bands, told: words, now: null });
  setText(byId("course-note"), `${course.customers} customers whose readings are whole from four hours before to four hours after. The band is where the load would have been without the event, corrected by the bias on placebo days.`);
}

function drawFigures(one, { promised_kw: [low, middle, high] }) {
  const back = one.rebound;
  byId("figures").replaceChildren(
    row("Delivered in the best hour, kW", kwh(one.delivered_kw), `80 % band: ${span(one.low_kw, one.high_kw)}`),
    row("Planned in the best hour, kW", kwh(middle), `P10 to P90: ${span(low, high)}`),
    row("Delivered in all, kWh", kwh(one.delivered_kwh)),
    row("Customers measured", `${one.settled_customers} of ${one.customers}`, one.settled_customers < one.customers ? "The others lack readings or earlier days; they are not settled." : ""),
    row("Rebound in the 4 h after, kWh", kwh(back.kwh), isKnown(back.share) ? `${percent(back.share)} of what was delivered; at most ${kwh(back.highest_kw)} kW` : ""),
    row("Settled by", one.method_words),
  );
}

function drawMethods(methods) {
  byId("methods").replaceChildren(...methods.map((one) => h("tr", { "aria-current": String(one.is_agreed) },
    h("th", { scope: "row" }, one.name, one.is_agreed ? h("span", { class: "reason" }, "agreed with the customers") : ""), cell(one.customers), cell(one.customers ? kwh(one.delivered_kwh) : UNKNOWN), cell(span(one.low_kwh, one.high_kwh)),
    cell(one.placebo_days), cell(isKnown(one.bias_percent) ? number(one.bias_percent, "", 1) : UNKNOWN), cell(isKnown(one.rrmse_percent) ? number(one.rrmse_percent, "", 1) : UNKNOWN), cell(one.customers ? eur(one.payment_eur) : UNKNOWN), cell(one.customers ? eur(one.swing_eur) : UNKNOWN))));
}

function drawHours(stages) {
  byId("hours").replaceChildren(...stages.flatMap((one) => [
    h("tr", {}, h("th", { scope: "row", class: "strong" }, `Stage ${one.number}: ${minute(Date.parse(one.starts_at))} to ${minute(Date.parse(one.ends_at))}`), cell(`${one.customers} of ${one.asked}`), cell(kwh(one.promised_kw[1])), cell(""), cell("")),
    ...one.hours.map((hour) => h("tr", {}, h("th", { scope: "row" }, `from ${minute(Date.parse(hour.starts_at))}`), cell(""), cell(""), cell(kwh(hour.delivered_kw)), cell(span(hour.low_kw, hour.high_kw)))),
  ]));
}

function drawWorth(one) {
  const spared = [one.energy_eur, one.peak_eur, one.losses_eur].filter(isKnown), sum = spared.reduce((total, value) => total + value, 0);
  byId("worth").replaceChildren(
    row("Paid for the event, EUR", eur(one.paid_eur), "Energy, credits and shortfalls; readiness is paid by the month."),
    row("Energy not bought, EUR", eur(one.energy_eur), one.zone ? `day-ahead prices of ${one.zone}${one.unpriced ? `; ${one.unpriced} quarter hours without a price` : ""}` : "No market is set up."),
    row("Peak or limit relieved, EUR", eur(one.peak_eur), isKnown(one.peak_eur_per_kwh) ? `${number(one.peak_eur_per_kwh, "", 2)} EUR/kWh. ${one.peak_source}` : "No worth is entered for what this call was for."),
    row("Losses spared, EUR", eur(one.losses_eur), isKnown(one.losses_share) ? `${percent(one.losses_share)} of the energy, from the state of the network` : "The state of the network was not known."),
    row("Spared less paid, EUR", spared.length && isKnown(one.paid_eur) ? eur(sum - one.paid_eur) : UNKNOWN),
  );
  setText(byId("worth-note"), spared.length < 3 ? "What is not known is not in the difference." : "");
}

function drawSatisfaction(one, survey) {
  const reasons = Object.entries(one.reasons).map(([why, count]) => `${why}: ${count}`).join("; ");
  byId("satisfaction").replaceChildren(
    row("Opted out", `${one.opted_out + one.overrides} of ${one.asked}`, [`${percent(one.opt_out_share)}; ${one.overrides} by the equipment`, reasons].filter(Boolean).join(". ")),
    row("Never reported", one.silent, one.faulty ? `${one.faulty} reported a fault` : ""),
    row("Comfort, 1 to 5", isKnown(survey.comfort) ? number(survey.comfort, "", 1) : UNKNOWN, `${survey.answers} of ${survey.asked} answered`),
    row("Would take part again", percent(survey.again_share)),
    row("Events of one customer in 30 days, at most", one.events_30_days_most, isKnown(one.events_90_days_most) ? `in 90 days from ${one.events_90_days_least} to ${one.events_90_days_most}` : ""),
    row("Gini of events, of energy", `${isKnown(one.gini_events) ? number(one.gini_events, "", 2) : UNKNOWN}, ${isKnown(one.gini_kwh) ? number(one.gini_kwh, "", 2) : UNKNOWN}`, "0: all bear the same; 1: one bears all"),
  );
}

const missing = (one) => (one.opted_out_at ? `opted out ${at(one.opted_out_at)}` : one.missing ? (isKnown(one.load_kwh) ? `${one.missing} intervals without a baseline` : `${one.missing} intervals without a reading`) : "");
const customer = (one) => h("tr", {}, h("th", { scope: "row" }, one.reference, one.name ? h("span", { class: "reason" }, one.name) : ""), cell(one.stage), cell(kwh(one.promised_kwh, 2)), cell(kwh(one.baseline_kwh, 2)), cell(kwh(one.load_kwh, 2)), cell(kwh(one.delivered_kwh, 2)), cell(span(one.low_kwh, one.high_kwh, 2)), cell(kwh(one.rebound_kwh, 2)), cell(one.baseline_days), cell(isKnown(one.bias_percent) ? number(Math.round(one.bias_percent), "", 0) : UNKNOWN), cell(isKnown(one.rrmse_percent) ? number(Math.round(one.rrmse_percent), "", 0) : UNKNOWN), h("td", {}, missing(one)));

async function drawCustomers(evaluation, after = 0) {
  const words = byId("search").value.trim(), { customers } = await get(api(`demand/evaluations/${evaluation}/customers?search=${encodeURIComponent(words)}&after=${after}`));
  if (evaluation !== shown) return;
  byId("file").href = api(`demand/evaluations/${evaluation}/customers.csv`);
  const rows = customers.map(customer);
  if (after) byId("customers").append(...rows); else byId("customers").replaceChildren(...rows);
  byId("customers-empty").hidden = Boolean(after || rows.length);
  byId("more").hidden = customers.length < 200;
  byId("more").onclick = () => drawCustomers(evaluation, customers.at(-1).id).catch(failed);
}

function failed(error) { setText(byId("verdict"), error.message); }

byId("call").addEventListener("change", () => { shown = null; history.replaceState(null, "", keepPast(`/demand/evaluation/${byId("call").value}/`)); draw(Number(byId("call").value)).catch(failed); });
byId("again")?.addEventListener("click", () => post(api("demand/evaluations"), { call: Number(page.dataset.call) }).then(() => draw(Number(page.dataset.call))).catch(failed));
byId("search")?.addEventListener("input", () => { clearTimeout(byId("search").timer); byId("search").timer = setTimeout(() => shown && drawCustomers(shown).catch(failed), SEARCH_MS); });
drawCalls().catch(failed);
