import { api, get } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { age, day, instant, minute, number, time } from "../js/format.js";
import { live } from "../js/live.js";
import { askForecast, askSkill, bandsOf, showIssued, showSkill } from "./price_band.js";
import { PriceChart } from "./price_chart.js";

const REFRESH_MS = 60_000, QUARTER_S = 900, HOUR_S = 3600;
const NOTHING = "–";
const DAYS = { known: "Known", partly: "Partly known", awaited: "Not out yet", late: "Late" };
const FEEDS = { working: "Working", failing: "Failing", waiting: "Nothing yet", archive: "Archive", off: "Off" };
const PARTS = { energy: "Energy", network: "Network charge", levy: "Levies and taxes", feed_in: "Feed-in", demand: "Demand charge", standing: "Standing charge" };
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const chart = new PriceChart(byId("price-chart"), byId("curve-reading"), "", ["known", "expected"]);
const factors = new PriceChart(byId("emissions-chart"), byId("emissions-reading"), "", ["average", "marginal"]);
let ticket = 0;

const at = (text) => (text ? `${day(instant(text)).slice(5)} ${minute(instant(text))}` : NOTHING);
const known = (values) => values.filter((value) => value !== null);

const spanOf = (zone, step) => ({ zone: zone.code, step_s: step, starts_at: zone.days[0].starts_at, ends_at: zone.days.at(-1).ends_at });
const ask = (span, product) => get(api(`markets/prices?${new URLSearchParams({ ...span, product })}`));

/** A day more than is auctioned: what is foretold of it. */
function curveSpan(zone) {
  const span = spanOf(zone, QUARTER_S);
  return { ...span, ends_at: new Date(instant(span.ends_at) + 24 * HOUR_S * 1000).toISOString() };
}

function extreme(prices, from, to, better) {
  let found = -1;
  prices.t.forEach((t, i) => { if (t >= from && t < to && prices.values[i] !== null && (found < 0 || better(prices.values[i], prices.values[found]))) found = i; });
  return found < 0 ? NOTHING : `${number(prices.values[found], "", 2)} at ${minute(prices.t[found] * 1000)}`;
}

function dayRow(one, prices) {
  const [from, to] = [instant(one.starts_at) / 1000, instant(one.ends_at) / 1000];
  const values = known(prices.values.filter((_, i) => prices.t[i] >= from && prices.t[i] < to));
  const mean = values.length ? number(values.reduce((sum, value) => sum + value, 0) / values.length, "", 2) : NOTHING;
  const since = one.known_at ? `since ${at(one.known_at)}` : "";
  const missing = one.missing && values.length ? `, ${one.missing} quarter hours missing` : "";
  return h("tr", { "data-late": one.state === "late" }, h("th", { scope: "row" }, one.day),
    h("td", {}, h("span", { class: "state" }, DAYS[one.state] ?? one.state), " ", h("span", { class: "muted small" }, `${since}${missing}`)),
    h("td", { class: "number" }, mean), h("td", { class: "number" }, extreme(prices, from, to, (a, b) => a < b)), h("td", { class: "number" }, extreme(prices, from, to, (a, b) => a > b)));
}

async function refreshCurve(mine, zone) {
  const [curve, hourly] = [curveSpan(zone), spanOf(zone, HOUR_S)];
  const [prices, average, marginal, told, skill] = await Promise.all([ask(curve, "day_ahead"), ask(hourly, "emission_average"), ask(hourly, "emission_marginal"), askForecast(curve), askSkill(zone.code)]);
  if (mine !== ticket) return;
  const now = live.now() / 1000;
  const hasPrices = known(prices.values).length > 0, hasExpected = known(prices.expected).length > 0;
  byId("curve-empty").hidden = hasPrices || hasExpected;
  setText(byId("curve-state"), hasPrices ? `${prices.unit}, newest known ${at(prices.known_at)}, ${age((live.now() - instant(prices.known_at)) / 1000)} ago` : "");
  byId("key-expected").hidden = !hasExpected;
  setText(byId("key-basis"), hasExpected ? `expected: ${prices.basis}` : "");
  const bands = bandsOf(told);
  byId("key-band").hidden = !(hasPrices || hasExpected) || !bands.length;  // before the chart: what moves it leaves its cursor astray
  if (hasPrices || hasExpected) chart.draw({ t: prices.t, whole: prices.values, dashed: prices.expected, step: QUARTER_S, now, bands });
  showIssued(told);
  showSkill(skill);
  byId("days").replaceChildren(...zone.days.map((one) => dayRow(one, prices)));
  setText(byId("days-note"), `Prices of the next day come out at ${zone.publishes_at.slice(0, 5)}; ${zone.is_watched ? `from ${zone.late_at.slice(0, 5)} on missing ones are an alarm` : "nobody watches whether they come"} (${zone.time_zone}).`);
  const hasFactors = known(average.values).length + known(marginal.values).length > 0;
  byId("emissions-empty").hidden = hasFactors;
  setText(byId("emissions-state"), hasFactors ? average.unit || marginal.unit : "");
  if (hasFactors) factors.draw({ t: average.t, whole: average.values, dashed: marginal.values, step: HOUR_S, now });
}

function fillZones(zones) {
  const choice = byId("zone"), chosen = choice.value;
  if (choice.options.length !== zones.length) choice.replaceChildren(...zones.map((one) => h("option", { value: one.code }, one.name || one.code)));
  if (zones.some((one) => one.code === chosen)) choice.value = chosen;
  return zones.find((one) => one.code === choice.value);
}

const clock = (minutes) => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

function whenOf(part) {
  const days = part.weekdays.length === 7 ? "" : [...part.weekdays].map((one) => WEEKDAYS[one - 1]).join(" ");
  const hours = part.from_minute === 0 && part.to_minute === 1440 ? "" : `${clock(part.from_minute)} to ${clock(part.to_minute)}`;
  const months = part.months.split(",").length === 12 ? "" : `months ${part.months.replaceAll(",", " ")}`;
  return [days, hours, months].filter(Boolean).join(", ") || "always";
}

function tariffRows(tariff) {
  const unit = (kind) => ({ demand: `${tariff.currency}/kW month`, standing: `${tariff.currency}/month` })[kind] ?? `${tariff.currency}/kWh`;
  const note = [tariff.customer_class, tariff.area, tariff.spot_zone && `follows the price of ${tariff.spot_zone}`, `from ${tariff.valid_from}`, tariff.valid_to && `to ${tariff.valid_to}`].filter(Boolean).join(", ");
  const name = h("th", { scope: "rowgroup", rowspan: Math.max(1, tariff.parts.length) }, tariff.name, h("span", { class: "reason" }, note));
  return tariff.parts.map((part, i) => h("tr", {}, i ? null : name, h("td", { class: "nowrap" }, PARTS[part.kind] ?? part.kind), h("td", { class: "number" }, `${number(part.price, "", 4)} ${unit(part.kind)}`), h("td", {}, whenOf(part))));
}

async function refreshTariffs(mine) {
  const tariffs = await get(api("markets/tariffs"));
  if (mine !== ticket) return;
  byId("tariffs").replaceChildren(...tariffs.flatMap(tariffRows));
  byId("tariffs-empty").hidden = tariffs.length > 0;
  setText(byId("tariffs-state"), tariffs.length ? `${tariffs.length}` : "");
}

function feedRow(feed) {
  return h("tr", { "data-late": feed.state === "failing" },
    h("td", {}, h("b", {}, feed.name), h("span", { class: "reason" }, `${feed.kind === "url" ? "address" : "folder"}${feed.zone ? `, ${feed.zone}` : ""}`)),
    h("td", {}, h("span", { class: "state" }, FEEDS[feed.state] ?? feed.state), feed.reason ? h("span", { class: "reason" }, feed.reason) : null),
    h("td", { class: "nowrap" }, at(feed.heard_at)), h("td", { class: "number" }, String(feed.taken)), h("td", { class: feed.refused ? "number some" : "number" }, String(feed.refused)));
}

async function refreshFeeds(mine) {
  const [feeds, refused] = await Promise.all([get(api("markets/feeds")), get(api("markets/files?outcome=refused&limit=20"))]);
  if (mine !== ticket) return;
  byId("feeds").replaceChildren(...feeds.map(feedRow));
  byId("feeds-empty").hidden = feeds.length > 0;
  const failing = feeds.filter((one) => one.state === "failing").length;
  setText(byId("feeds-state"), `${feeds.length} feeds, ${failing} failing, last check ${time(live.now())}`);
  byId("refused").replaceChildren(...refused.map((one) => h("tr", {}, h("td", { class: "nowrap" }, at(one.received_at)), h("td", {}, one.feed ?? NOTHING), h("td", {}, one.name, h("span", { class: "reason" }, one.reason)))));
  byId("refused-empty").hidden = refused.length > 0;
  setText(byId("refused-state"), refused.length ? `${refused.length}` : "");
}

async function refresh() {
  const mine = ++ticket;
  try {
    const zones = await get(api("markets/zones"));
    if (mine !== ticket) return;
    const zone = fillZones(zones);
    byId("curve-empty").hidden = byId("emissions-empty").hidden = Boolean(zone);
    if (!zone) setText(byId("curve-state"), "");
    await Promise.all([zone && refreshCurve(mine, zone), refreshTariffs(mine), !config.past && refreshFeeds(mine)]);
  } catch (error) {
    if (mine === ticket) setText(byId("curve-state"), error.message);
  }
}

byId("zone").addEventListener("change", refresh);
addEventListener("prices-imported", refresh);
if (config.past) live.addEventListener("jump", refresh);
else setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
refresh();
