import { api, get } from "../js/api.js";
import { pageData } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { age, day, instant, minute, number, time } from "../js/format.js";
import { live } from "../js/live.js";
import { WeatherChart } from "./weather_chart.js";

const { shown } = pageData("weather-data");
const REFRESH_MS = 60_000;
const HOUR_S = 3600, BACK_H = 48, AHEAD_H = 5 * 24;
const NOTHING = "–";
const STATES = { on_time: "On time", late: "Late", waiting: "Nothing yet", archive: "Archive", off: "Off" };
const KINDS = { forecast: "Forecasts", observation: "Observations" };
const charts = new Map(shown.map((one) => [one.name, new WeatherChart(byId(`chart-${one.name}`), one.unit)]));
let ticket = 0;

const at = (text) => (text ? `${day(instant(text)).slice(5)} ${minute(instant(text))}` : NOTHING);

const old = (text) => (text ? age((live.now() - instant(text)) / 1000) : NOTHING);

function feedRow(feed) {
  const source = [feed.provider, feed.model].filter(Boolean).join(" ");
  return h("tr", { "data-late": feed.state === "late" }, h("td", {}, h("b", {}, feed.name)),
    h("td", {}, `${KINDS[feed.data_kind]} `, h("span", { class: "muted small" }, `${source}, ${feed.kind === "url" ? "address" : "folder"}`)),
    h("td", {}, h("span", { class: "state" }, STATES[feed.state] ?? feed.state)),
    h("td", { class: "nowrap" }, at(feed.newest_issue_at)), h("td", { class: "nowrap" }, at(feed.heard_at)),
    h("td", { class: "number" }, old(feed.heard_at)), h("td", { class: "nowrap" }, at(feed.next_due_at)),
    h("td", { class: "number" }, String(feed.taken)), h("td", { class: feed.refused ? "number some" : "number" }, String(feed.refused)),
    h("td", {}, feed.reason ? h("span", { class: "reason" }, feed.reason) : NOTHING));
}

async function refreshFeeds(mine) {
  const [feeds, refused] = await Promise.all([get(api("weather/feeds")), get(api("weather/files?outcome=refused&limit=20"))]);
  if (mine !== ticket) return;
  byId("feeds").replaceChildren(...feeds.map(feedRow));
  byId("feeds-empty").hidden = feeds.length > 0;
  const late = feeds.filter((one) => one.state === "late").length;
  setText(byId("feeds-state"), `${feeds.length} feeds, ${late} late, last check ${time(live.now())}`);
  byId("refused").replaceChildren(...refused.map((one) => h("tr", {}, h("td", { class: "nowrap" }, at(one.received_at)), h("td", {}, one.feed ?? NOTHING), h("td", {}, one.name, h("span", { class: "reason" }, one.reason)))));
  byId("refused-empty").hidden = refused.length > 0;
  setText(byId("refused-state"), `${refused.length}, last check ${time(live.now())}`);
}

async function fillLocations() {
  const choice = byId("location"), chosen = choice.value;
  const places = await get(api("weather/locations"));
  if (choice.options.length !== places.length) {
    choice.replaceChildren(...places.map((one) => h("option", { value: one.id }, one.name)));
    if (places.some((one) => String(one.id) === chosen)) choice.value = chosen;
  }
  return choice.value;
}

const named = (answer, name) => answer.values[name];

async function refreshCharts(mine, location) {
  const now = Math.floor(live.now() / 1000), first = Math.floor(now / HOUR_S) * HOUR_S;
  const ask = (told) => get(api(`weather/series?${new URLSearchParams({
    location, told, variables: shown.map((one) => one.name).join(","), step_s: HOUR_S,
    starts_at: new Date((first - BACK_H * HOUR_S) * 1000).toISOString(), ends_at: new Date((first + AHEAD_H * HOUR_S) * 1000).toISOString(),
  })}`));
  const [forecast, measured, before] = await Promise.all([ask("forecast"), ask("observation"), ask("day_ahead")]);
  if (mine !== ticket) return;
  const issued = forecast.issued_at[0];
  setText(byId("place-state"), issued ? `newest forecast issued ${at(issued)}, ${old(issued)} old` : "no forecast is known");
  const middle = forecast.t.map((t) => t + HOUR_S / 2);
  for (const { name } of shown) {
    const ahead = named(forecast, name).map((value, i) => (forecast.t[i] >= first ? value : null));
    charts.get(name).draw({ t: middle, forecast: ahead, measured: named(measured, name), before: named(before, name), now });
  }
}

const rounded = (value, unit) => (value === null ? NOTHING : number(value, unit, unit === "W/m²" ? 0 : 1));

async function refreshErrors(mine, location) {
  const found = await Promise.all(shown.map((one) => get(api(`weather/errors?${new URLSearchParams({ location, variable: one.name })}`))));
  if (mine !== ticket) return;
  const rows = found[0].map((_, i) => found.map((of) => of[i])).filter((row) => row.some((one) => one.count));
  const words = ({ from_h: from, to_h: to }) => (to <= 24 ? `${from} to ${to} h` : `${from / 24} to ${to / 24} d`);
  byId("errors").replaceChildren(...rows.map((row) => h("tr", {}, h("th", { scope: "row" }, words(row[0])),
    row.flatMap((one, n) => [h("td", { class: "number" }, rounded(one.rms, shown[n].unit)), h("td", { class: "number" }, rounded(one.mean, shown[n].unit))]),
    h("td", { class: "number" }, String(Math.max(...row.map((one) => one.count)))))));
  byId("errors-empty").hidden = rows.length > 0;
}

async function refresh() {
  const mine = ++ticket;
  try {
    await refreshFeeds(mine);
    const location = await fillLocations();
    byId("place-empty").hidden = Boolean(location);
    byId("errors-empty").hidden = Boolean(location);
    if (location) await Promise.all([refreshCharts(mine, location), refreshErrors(mine, location)]);
    else setText(byId("place-state"), "");
  } catch (error) {
    if (mine === ticket) setText(byId("feeds-state"), error.message);
  }
}

byId("location").addEventListener("change", refresh);
refresh();
setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
