/** Where and when the network is short, by how much, who could relieve it, and what that is worth. */
import { api, get } from "../js/api.js";
import { elementUrl } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { instant, number, time, when } from "../js/format.js";
import { live } from "../js/live.js";
import { envelopeChart, envelopeWords } from "./envelope_chart.js";
import { likely, span } from "./foreseen_words.js";
import { amount } from "./remedy_card.js";

const AGAIN_MS = 30000, MOST_OFFERS = 12, MOST_POINTS = 12, NOT_FOUND = 404;
let ticket = 0;

const cell = (value, unit, digits) => h("td", { class: "number" }, number(value, unit, digits));

const WAY = { battery: ["charges", "feeds in"], curtail: ["less fed in", ""], less_load: ["", "less drawn"], shed: ["", "less drawn"] };

function offerRow(offer, unit) {
  const way = WAY[offer.kind][offer.most_kw < 0 ? 0 : 1];
  return h("tr", {}, h("th", { scope: "row" }, h("a", { href: elementUrl(offer.node_mrid) }, offer.node_name)), h("td", {}, offer.kind_label),
    h("td", { class: "muted" }, way), cell(Math.abs(offer.most_kw), "kW", 0), cell(offer.relief_per_100_kw, unit, unit === "pu" ? 5 : 2), cell(offer.eur_per_kwh, "EUR", 2),
    cell(offer.worth_eur_per_kwh, "EUR", 3), cell(Math.abs(offer.taken_kw), "kW", 0));
}

function offers(one) {
  const heads = ["Point", "Offer", "Way", "At most, kW", `Relief, ${one.unit} for 100 kW`, "EUR/kWh", "Worth there, EUR/kWh", "Taken, kW"];
  if (!one.offers.length) return h("p", { class: "empty" }, "0 offers: nothing that is connected changes it.");
  return h("div", { class: "scroll", tabindex: "0", "aria-label": `Offers against ${one.breach_label.toLowerCase()} at ${one.element_name}` },
    h("table", {}, h("thead", {}, h("tr", {}, heads.map((head, n) => h("th", { scope: "col", class: n > 2 ? "number" : "" }, head)))), h("tbody", {}, one.offers.slice(0, MOST_OFFERS).map((offer) => offerRow(offer, one.unit)))));
}

function section(one) {
  const now = live.now();
  const begin = one.is_now ? "now" : `${span(one, now)}, ${likely(one)}`;
  const short = one.is_feasible ? `${number(one.relief_kw, "kW", 0)} kW of offers end it, for ${number(one.cost_eur_per_h, "EUR", 0)} EUR an hour.` : "All offers together are not enough.";
  return h("section", { class: "panel short", "data-id": one.id, "data-now": one.is_now ? "yes" : "no" },
    h("header", {}, h("h2", {}, `${one.breach_label}: ${one.place}`), h("span", { class: "small muted" }, begin)),
    h("p", {}, h("a", { href: elementUrl(one.element_mrid) }, one.element_name), ` at ${amount(one.value, one.unit)} of ${amount(one.limit, one.unit)}. `, h("b", {}, short)),
    h("ul", { class: "ways" }, one.sentences.map((sentence) => h("li", {}, sentence))), offers(one),
    h("p", { class: "small muted" }, `Worked out on the state of ${when(instant(one.state_of), now)}: ${one.basis} `, h("a", { href: "/remedies/" }, "Remedies")));
}

function draw(told) {
  if (!told.run) {
    setText(byId("congestion-verdict"), "Nothing has been worked out yet.");
    setText(byId("congestion-run"), "");
    return;
  }
  const { congestion } = told, coming = congestion.filter((one) => !one.is_now).length, present = congestion.length - coming;
  setText(byId("congestion-verdict"), congestion.length ? `${present} now, ${coming} in the hours ahead.` : "0 limits are or will likely be broken.");
  const old = told.is_old ? " OLD: no newer run has come." : "";
  setText(byId("congestion-run"), `${told.outcome_label}, ${time(instant(told.as_of))}, in ${number(told.duration_ms / 1000, "s", 1)} s. ${told.reason || `By ${told.expected_from}.`}${old}`);
  byId("short").replaceChildren(...(congestion.length ? congestion.map(section) : [h("p", { class: "panel empty" }, `0 congested, last check ${time(instant(told.as_of))}.`)]));
}

const point = (told) => h("li", {}, h("a", { href: elementUrl(told.mrid) }, told.name), h("span", { class: "small" }, ` ${envelopeWords(told)}`), envelopeChart(told));

function drawEnvelopes(told) {
  const intervals = told.intervals.length, held = told.intervals.filter(({ confirmed }) => !confirmed);
  const steps = told.points[0]?.starts.map(instant) ?? [];
  const apart = steps.length > 2 ? `, each ${number((steps[2] - steps[1]) / 3600000, "h", 0)} h` : "";
  setText(byId("envelope-facts"), `${told.bound} of ${told.all} points are bound by the network. ${intervals} intervals${apart}${held.length ? `; ${held.length} not confirmed: ${held[0].reason}` : ", each confirmed by the full power flow of its corners"}.`);
  byId("bound").replaceChildren(...(told.points.length ? told.points.slice(0, MOST_POINTS).map((one) => point({ ...one, ends_at: told.ends_at })) : [h("li", { class: "empty" }, "0 points are bound.")]));
}

async function refresh() {
  const mine = ++ticket;
  try {
    const told = await get(api("optimization/congestion"));
    if (mine === ticket) draw(told);
    const envelopes = await get(api("optimization/envelopes"));
    if (mine === ticket) drawEnvelopes(envelopes);
  } catch (error) {
    if (mine === ticket) setText(byId(error.status === NOT_FOUND ? "envelope-facts" : "congestion-verdict"), error.message);
  }
}

live.addEventListener("hint", ({ detail }) => detail.topic === "proposals" && refresh());
setInterval(refresh, AGAIN_MS);
refresh();
