import { api, get } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { age, day, instant, minute, number, time } from "../js/format.js";
import { live } from "../js/live.js";
import { PriceChart } from "./price_chart.js";
import { between, drawCurve, drawFrontier, whole } from "./trading_figures.js";

const REFRESH_MS = 15_000, QUARTER_S = 900, MIDDAY = 48, DAY_MS = 86_400_000;
const NOTHING = "–";
const bidChart = new PriceChart(byId("bid-chart"), byId("bid-reading"), "kW", ["cleared", "at the middle price"]);
const positionChart = new PriceChart(byId("position-chart"), byId("position-reading"), "kW", ["sold", "expected"]);
/** What the page shows, for those who act on it. */
export const desk = { portfolio: null, bid: null, frontier: null };
let ticket = 0;

const at = (text) => (text ? `${day(instant(text)).slice(5)} ${minute(instant(text))}` : NOTHING);
const money = (value) => number(value, "", 2);
const own = (path) => api(`markets/portfolios/${desk.portfolio.id}/${path}`);
const said = (who, when) => (when ? `${who ?? "the desk"} ${at(when)}` : NOTHING);

function fillPortfolios(rows) {
  const choice = byId("portfolio"), chosen = choice.value;
  if (choice.options.length !== rows.length) choice.replaceChildren(...rows.map((one) => h("option", { value: one.id }, one.name)));
  if (rows.some((one) => String(one.id) === chosen)) choice.value = chosen;
  desk.portfolio = rows.find((one) => String(one.id) === choice.value) ?? null;
  byId("portfolio-empty").hidden = rows.length > 0;
}

/** Seconds to the gate; counts between refreshes too. */
function showGate() {
  const one = desk.portfolio;
  if (!one) { setText(byId("gate"), ""); return; }
  const left = (instant(one.gate_closes_at) - live.now()) / 1000;
  setText(byId("gate"), left > 0 ? `Gate for ${one.day_to_bid} closes in ${age(left)}, at ${minute(instant(one.gate_closes_at))}` : `The gate for ${one.day_to_bid} is closed`);
}

function showNote() {
  const words = [desk.portfolio.fault, desk.portfolio.note, desk.portfolio.limits ? "" : "No limits are set: nothing can be bid before somebody who approves trades sets them below."].filter(Boolean);
  byId("portfolio-note").hidden = words.length === 0;
  setText(byId("portfolio-note"), words.join(" "));
}

/** Of the day to be bid; where there is none yet, of the day whose bid is shown. */
async function newestFrontier(bid) {
  const days = [...new Set([desk.portfolio.day_to_bid, bid?.delivery_day].filter(Boolean))];
  const found = await Promise.all(days.map((one) => get(api(`renewables/trading/frontiers?portfolio=${desk.portfolio.id}&day=${one}`))));
  return found.map((one) => one.frontier).find(Boolean) ?? null;
}

/** How prices and volumes of the scenarios go with each other. */
function together(inputs) {
  if (inputs.rank_correlation === undefined) return "";
  if (!inputs.correlation_pairs || !inputs.rank_correlation) return "; prices and volumes drawn apart, as too few past errors of both are known";
  return `; prices and volumes drawn together, rank correlation ${number(inputs.rank_correlation, "", 2)} of ${whole(inputs.correlation_pairs)} past errors`;
}

const quantityAt = (prices, kw, price) => kw[Math.max(prices.findLastIndex((one) => one <= price), 0)];

/** The bid that is on its way, else the newest draft, else whatever there was; of the day to be bid, else of the one before. */
function chosenBid(bids) {
  const live = ["submitted", "approved", "exported", "cleared"];
  const days = [...new Set(bids.map((one) => one.delivery_day))].sort().reverse();
  const here = bids.filter((one) => one.delivery_day === (days.includes(desk.portfolio.day_to_bid) ? desk.portfolio.day_to_bid : days[0]));
  return here.find((one) => live.includes(one.status)) ?? here.find((one) => one.status === "drafted") ?? here[0] ?? null;
}

function showBid(bid) {
  desk.bid = bid;
  byId("bid-empty").hidden = Boolean(bid);
  byId("bid-chart").hidden = !bid;
  setText(byId("bid-title"), bid ? `Bid for ${bid.delivery_day}` : `Bid for ${desk.portfolio.day_to_bid}`);
  setText(byId("bid-status"), bid?.status_label ?? "");
  setText(byId("bid-people"), bid ? `drafted ${said(bid.drafted_by, bid.drafted_at)}${bid.submitted_at ? `, submitted ${said(bid.submitted_by, bid.submitted_at)}` : ""}${bid.decided_at ? `, decided ${said(bid.decided_by, bid.decided_at)}` : ""}${bid.exported_at ? `, handed over ${at(bid.exported_at)}` : ""}` : "");
  setText(byId("bid-note"), bid ? `${bid.reason ? `${bid.reason} ` : ""}Expected ${money(bid.expected_profit)} ${bid.currency}, mean of the worst ${whole(100 * (1 - bid.risk_level))} % ${money(bid.worst_profit)} ${bid.currency}, weight of the worst ${number(bid.risk_weight, "", 2)}; ${bid.scenario_count} scenarios by ${bid.inputs.prices}; plants ${bid.inputs.plants}, batteries ${bid.inputs.batteries}${together(bid.inputs)}.` : "");
  for (const kind of ["xml", "csv"]) {
    byId(`export-${kind}`).hidden = !bid;
    if (bid) byId(`export-${kind}`).href = api(`markets/bids/${bid.id}/document?kind=${kind}`);
  }
  fillQuarters(bid);
  if (!bid) return;
  const middles = bid.price.map((prices) => prices.slice(1)).flat().sort((a, b) => a - b), middle = middles[middles.length >> 1] ?? 0;
  const dashed = bid.price.map((prices, i) => quantityAt(prices, bid.kw[i], middle));
  const bands = [{ name: "lowest to highest price", low: bid.kw.map((kw) => kw[0]), high: bid.kw.map((kw) => kw.at(-1)), strength: 30 }];
  bidChart.draw({ t: bid.t, whole: bid.cleared_kw, dashed, bands, step: QUARTER_S, now: live.now() / 1000 });
}

function fillQuarters(bid) {
  const choice = byId("quarter"), chosen = choice.selectedIndex;
  const times = bid?.t ?? [];
  if (choice.options.length !== times.length || choice.dataset.first !== String(times[0])) {
    choice.replaceChildren(...times.map((t, i) => h("option", { value: i }, minute(t * 1000))));
    choice.dataset.first = String(times[0]);
    choice.selectedIndex = chosen >= 0 && chosen < times.length ? chosen : Math.min(MIDDAY, times.length - 1);
  }
  showQuarter();
}

function showQuarter() {
  const { bid } = desk, i = byId("quarter").selectedIndex;
  byId("points-empty").hidden = Boolean(bid);
  byId("curve").hidden = !bid;
  setText(byId("curve-currency"), bid?.currency ?? desk.portfolio?.currency ?? "");
  if (!bid || i < 0) { byId("points").replaceChildren(); return; }
  byId("points").replaceChildren(...bid.price[i].map((price, n) => h("tr", {}, h("td", { class: "number" }, number(price, "", 2)), h("td", { class: "number" }, number(bid.kw[i][n], "kW")), h("td", { class: "number" }, number(bid.storage_kw[i][n], "kW")))));
  drawCurve(byId("curve"), { prices: bid.price[i], kw: bid.kw[i], cleared: bid.cleared_price[i], currency: bid.currency });
}

export function showFrontier() {
  const row = desk.frontier, points = row?.points ?? [], weight = Number(byId("weight")?.value ?? desk.bid?.risk_weight ?? 0);
  byId("frontier-empty").hidden = points.length > 0;
  byId("frontier").hidden = points.length === 0;
  setText(byId("frontier-empty"), row && !row.made_at ? "A worker is at it." : row?.reason || "Nothing was worked out for this day yet.");
  setText(byId("frontier-state"), row?.made_at ? `${row.delivery_day}, worked out ${at(row.made_at)}` : "");
  if (!points.length) { setText(byId("frontier-words"), ""); return; }
  const here = between(points, weight), best = points[0];
  drawFrontier(byId("frontier"), points, weight);
  setText(byId("frontier-words"), `At ${number(weight, "", 2)}: expected ${money(here.expected)}, worst ${whole(100 * (1 - row.risk_level))} % ${money(here.worst)} ${desk.portfolio.currency}; against weight 0 expected ${number(here.expected - best.expected, "", 2)}, worst +${number(here.worst - best.worst, "", 2)}.`);
}

function showPosition(found) {
  const has = found.expected_kw.some((one) => one !== null) || found.sold_kw.some((one) => one);
  byId("position-empty").hidden = has;
  byId("position-chart").hidden = !has;
  const now = live.now() / 1000, ahead = found.t.map((t, i) => (t >= now ? found.imbalance_kw[i] : null)).filter((one) => one !== null);
  const over = ahead.reduce((sum, one) => sum + Math.max(one, 0), 0) / 4, under = ahead.reduce((sum, one) => sum + Math.max(-one, 0), 0) / 4;
  setText(byId("position-state"), found.as_of ? `by the forecast of ${at(found.as_of)}; ahead ${whole(over)} kWh long, ${whole(under)} kWh short` : "");
  if (has) positionChart.draw({ t: found.t, whole: found.sold_kw, dashed: found.expected_kw, bands: [{ name: "5 to 95 %", low: found.low_kw, high: found.high_kw, strength: 30 }], step: QUARTER_S, now });
}

function showOrders(orders) {
  byId("orders").replaceChildren(...orders.slice(0, 120).map((one) => h("tr", {}, h("th", { scope: "row", class: "nowrap" }, at(one.delivery_at)), h("td", {}, one.part_label), h("td", { class: "number" }, `${one.quantity_kw > 0 ? "+" : ""}${number(one.quantity_kw, "kW")}`), h("td", { class: "number" }, number(one.price_limit, "", 2)),
    h("td", {}, h("span", { class: "state" }, one.status_label), h("span", { class: "reason" }, `${one.outcome || one.reason}${one.is_by_rule ? ` By the rule of ${one.decided_by}.` : one.decided_by ? ` Approved by ${one.decided_by}.` : ""}`)))));
  const waiting = orders.filter((one) => one.status === "proposed").length;
  byId("orders-empty").hidden = orders.length > 0;
  setText(byId("orders-state"), orders.length ? `${waiting} wait for approval` : "");
  if (byId("orders-approve")) byId("orders-approve").hidden = waiting === 0;
  if (byId("orders-withdraw")) byId("orders-withdraw").hidden = waiting === 0;
}

function resultRow(one, name = one.delivery_day) {
  const cells = [one.day_ahead, one.intraday, one.imbalance, -one.wear].map((value) => h("td", { class: "number" }, money(value)));
  const more = [one.price_error, one.volume_error, one.perfect].map((value) => h("td", { class: "number" }, money(value)));
  const uplift = h("td", { class: "number total" }, one.uplift === null ? NOTHING : money(one.uplift));
  return h("tr", {}, h("th", { scope: "row" }, name, one.reason ? h("span", { class: "reason" }, one.reason) : null), ...cells, h("td", { class: "number total" }, money(one.total)), ...more, uplift);
}

const SUMMED = ["day_ahead", "intraday", "imbalance", "wear", "price_error", "volume_error", "perfect", "total"];

function showResults(rows) {
  byId("results-empty").hidden = rows.length > 0;
  const sum = Object.fromEntries(SUMMED.map((key) => [key, rows.reduce((total, one) => total + one[key], 0)]));
  const known = rows.filter((one) => one.uplift !== null);
  sum.uplift = known.length ? known.reduce((total, one) => total + one.uplift, 0) : null;
  byId("results").replaceChildren(...(rows.length > 1 ? [resultRow(sum, `${rows.length} days`)] : []), ...rows.map((one) => resultRow(one)));
  const share = sum.perfect > 0 ? `${number(100 * sum.total / sum.perfect, "", 1)} % of perfect foresight` : "";
  setText(byId("results-state"), rows.length ? `${rows[0].currency}; ${share}; rule: the median bid at any price` : "");
}

function showLimits(limits) {
  const form = byId("limits-form");
  setText(byId("limits-state"), limits ? `set by ${limits.set_by ?? "the installation"} ${at(limits.set_at)}` : "none are set");
  if (form.contains(document.activeElement) || form.dataset.touched) return;
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.type === "checkbox") field.checked = limits?.is_automatic ?? false;
    else field.value = limits?.[field.name] ?? "";
    field.disabled = !form.querySelector("button");
  }
}

function fillDays() {
  const choice = byId("position-day"), now = instant(`${desk.portfolio.today}T12:00:00Z`);
  const days = [-1, 0, 1].map((n) => new Date(now + n * DAY_MS).toISOString().slice(0, 10));
  if (choice.options[0]?.value === days[0]) return;
  choice.replaceChildren(...days.map((one, n) => h("option", { value: one }, `${["Yesterday", "Today", "Tomorrow"][n]}, ${one}`)));
  choice.value = days[1];
}

export async function refresh() {
  const mine = ++ticket;
  try {
    fillPortfolios(await get(api("markets/portfolios")));
    if (mine !== ticket) return;
    showGate();
    if (!desk.portfolio) { setText(byId("state"), ""); return; }
    fillDays();
    showNote();
    const [bids, position, orders, results] = await Promise.all([get(own("bids")), get(own(`position?day=${byId("position-day").value}`)), get(own("orders")), get(own("results?days=28"))]);
    const wanted = chosenBid(bids);
    const [bid, frontier] = await Promise.all([wanted ? get(api(`markets/bids/${wanted.id}`)) : null, newestFrontier(wanted)]);
    if (mine !== ticket) return;
    desk.frontier = frontier;
    showBid(bid && { ...bid, ...wanted });
    showFrontier();
    showPosition(position);
    showOrders(orders);
    showResults(results);
    showLimits(desk.portfolio.limits);
    setText(byId("state"), `last check ${time(live.now())}`);
    dispatchEvent(new Event("trading-shown"));
  } catch (error) {
    if (mine === ticket) setText(byId("state"), error.message);
  }
}

byId("portfolio").addEventListener("change", refresh);
byId("position-day").addEventListener("change", refresh);
byId("quarter").addEventListener("change", showQuarter);
if (config.past) live.addEventListener("jump", refresh);
else {
  setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
  setInterval(showGate, 1000);
}
refresh();
