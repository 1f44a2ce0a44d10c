import { api, get } from "../js/api.js";
import { config, elementUrl } from "../js/config.js";
import { byId, h, say, setText, svg } from "../js/dom.js";
import { day, number, precise, stamp, time, words } from "../js/format.js";
import { live } from "../js/live.js";
import { classWord, placeOf } from "../js/names.js";
import { atInstant } from "../js/past_url.js";
import { TrendsChart, lineOf, valueAt } from "./trends_chart.js";
import { forecastAt, forecastsOf, roomAhead, want, wanted } from "./trends_forecast.js";
import { MOST, describe, eventsOf, isEstimate, isKey, load, offered } from "./trends_pens.js";

const SPANS = { 900: "15 min", 3600: "1 h", 28800: "8 h", 86400: "24 h", 604800: "7 d", 2592000: "30 d", 31536000: "1 y" };
const LEAST_S = 10;
const MOST_S = 10 * 366 * 86_400;
const WAIT_MS = 120;
const SEARCH_MS = 150;
const GROUPS = "gridops-trend-groups";
const POSITIONS = ["open", "closed", "intermediate", "unknown"];
const VALIDITY = ["good", "questionable", "invalid", "invalid"];
const EVENT_PX = 6;
const page = { keys: [], pens: [], span: 3600, to: null, data: new Map(), events: [], forecasts: new Map(), ahead: 0, cursor: null, ticket: 0, done: 0, timer: null, loadedAt: 0 };
const chart = new TrendsChart({ box: byId("trends-chart"), onZoom: zoomTo, onCursor: readAt });

const newest = () => live.now() / 1000;
const end = () => page.to ?? newest();

function readAddress() {
  const given = new URLSearchParams(location.search);
  page.keys = [...new Set((given.get("pens") ?? "").split(",").filter(isKey))].slice(0, MOST);
  const [from, to] = ["from", "to"].map((name) => Date.parse(given.get(name)) / 1000);
  if (to > from) Object.assign(page, { span: to - from, to });
  else if (Number(given.get("span")) > 0) page.span = Math.min(MOST_S, Math.max(LEAST_S, Number(given.get("span"))));
}

/** A bookmark is a saved picture. */
function address() {
  const iso = (seconds) => new Date(seconds * 1000).toISOString();
  const time_ = page.to === null ? { span: String(Math.round(page.span)) } : { from: iso(page.to - page.span), to: iso(page.to) };
  const query = new URLSearchParams({ ...(page.keys.length ? { pens: page.keys.join(",") } : {}), ...time_ });
  return `${location.pathname}?${query}`;
}

function writeAddress() {
  history.replaceState(null, "", config.past ? atInstant(address(), live.now()) : address());
  const points = page.keys.filter((key) => !isEstimate(key));
  const query = new URLSearchParams({ points: points.join(","), from: new Date((end() - page.span) * 1000).toISOString(), to: new Date(end() * 1000).toISOString() });
  if (page.span > 86_400) query.set("resolution", page.span > 30 * 86_400 ? "hour" : "minute");
  for (const form of ["csv", "arrow"]) {
    const link = byId(`trends-${form}`);
    if (points.length) link.href = api(`telemetry/export?${query}&format=${form}`);
    else link.removeAttribute("href");
  }
}

/** Asked for once, however fast the wheel turns. */
function soon() {
  clearTimeout(page.timer);
  page.timer = setTimeout(refresh, WAIT_MS);
}

async function refresh() {
  clearTimeout(page.timer);
  const ticket = ++page.ticket;
  const begun = performance.now();
  const [to, span] = [end(), page.span];
  writeAddress();
  controls();
  try {
    const pens = await describe(page.keys);
    const isNow = page.to === null;
    const [data, events, forecasts] = await Promise.all([load(pens, to - span, to, chart.width()), eventsOf(pens, to - span, to, config.mayViewAlarms), forecastsOf(pens, to - span, to, isNow)]);
    if (ticket !== page.ticket) return;
    const ahead = isNow && [...forecasts.values()].some((one) => one.ahead) ? roomAhead(span) : 0;
    Object.assign(page, { pens, data, events, forecasts, ahead, loadedAt: performance.now(), shownTo: to, shownSpan: span });
    byId("trends-key").hidden = !forecasts.size && (wanted() || !pens.some(({ key, quantity }) => quantity === "active_power" && !isEstimate(key)));
    byId("trends-empty").hidden = pens.length > 0;
    byId("trends-chart").hidden = !pens.length;
    if (pens.length) chart.draw({ pens, data, events, forecasts, from: to - span, to: to + ahead, now: to });
    drawPens();
    note(performance.now() - begun);
  } catch (error) {
    if (ticket === page.ticket) setText(byId("trends-note"), error.message);
  } finally {
    page.done = Math.max(page.done, ticket);
  }
}

function note(ms) {
  byId("trends-chart").dataset.ms = Math.round(ms);
  if (!page.pens.length) return setText(byId("trends-note"), "");
  const [from, to] = [(page.shownTo - page.shownSpan) * 1000, page.shownTo * 1000];
  const unit = Math.max(...[...page.data.values()].map(({ resolution }) => resolution ?? 0));
  const of = unit ? `, ${unit >= 3600 ? `${unit / 3600} h` : unit >= 60 ? `${unit / 60} min` : `${unit} s`} a value, band from least to greatest` : ", every sample";
  const hidden = chart.units().filter((one) => one !== "switch_state" && !chart.axes().includes(one)).map(words);
  const without = hidden.length ? `; no axis for ${hidden.join(", ")}` : "";
  const missing = page.keys.length - page.pens.length;
  return setText(byId("trends-note"), `${day(from)} ${time(from)} to ${day(from) === day(to) ? "" : `${day(to)} `}${time(to)}${of}${without}${missing ? `; ${missing} pens no longer exist` : ""}`);
}

function controls() {
  for (const button of byId("trends-spans").children) button.setAttribute("aria-pressed", String(Math.abs(Number(button.value) - page.span) < 1));
  byId("trends-now").setAttribute("aria-pressed", String(page.to === null));
}

function show(to, span = page.span) {
  page.span = Math.min(MOST_S, Math.max(LEAST_S, span));
  page.to = to === null || to >= newest() - page.span / 1000 ? null : to;
  soon();
}

function zoomTo(from, to) { show(to, to - from); }
const move = (part) => show(end() + part * page.span);

function zoom(factor, at = end() - page.span / 2) {
  const share = (end() - at) / page.span;
  const span = Math.min(MOST_S, Math.max(LEAST_S, page.span * factor));
  show(page.to === null && share > 0.45 && share < 0.55 ? null : at + share * span, span);
}

const shownValue = (pen, value) => (value === null || value === undefined || !Number.isFinite(value) ? "–" : pen.quantity === "switch_state" ? POSITIONS[value] ?? number(value) : number(value, pen.unit));

function glyph(index) {
  const { colour, dash } = lineOf(index);
  const line = svg("line", { x1: 1, x2: 35, y1: 8, y2: 8, "stroke-width": 2.5, "stroke-dasharray": dash.join(" ") });
  line.style.stroke = `var(${colour})`;
  return svg("svg", { class: "pen-line", viewBox: "0 0 36 16", "aria-hidden": "true" }, line);
}

function drawPens() {
  setText(byId("pens-count"), `${page.pens.length} of ${MOST}`);
  byId("pens").replaceChildren(...page.pens.map((pen, i) => h("li", { class: "pen", "data-key": pen.key },
    h("b", { class: "pen-number" }, String(i + 1)), glyph(i),
    h("a", { class: "pen-name", href: elementUrl(pen.mrid), title: pen.name }, pen.name),
    h("button", { type: "button", class: "quiet", "aria-label": `Remove pen ${i + 1}, ${pen.name}`, onclick: () => remove(pen.key) }, "×"),
    h("span", { class: "small muted pen-word" }, pen.word),
    h("span", { class: "number value pen-value" }, ""), h("span", { class: "small muted pen-when" }, ""))));
  readAt(page.cursor);
}

function readAhead(pen, told, value, when_) {
  setText(when_, told ? `forecast, P10 ${shownValue(pen, told.low)} to P90 ${shownValue(pen, told.high)}` : "not forecast");
  if (told) return value.replaceChildren(shownValue(pen, told.middle), h("span", { class: "unit" }, pen.unit));
  return setText(value, "–");
}

/** Beside each pen what it said at the cursor; without a cursor, its newest value. */
function readAt(seconds) {
  page.cursor = seconds;
  const at = seconds ?? page.shownTo;
  [...byId("pens").children].forEach((row, i) => {
    const pen = page.pens[i];
    const [value, when_] = [row.querySelector(".pen-value"), row.querySelector(".pen-when")];
    const told = pen && seconds !== null ? forecastAt(page.forecasts.get(pen.key), at) : null;
    if (at > page.shownTo) return readAhead(pen, told, value, when_);
    const found = pen && valueAt(page.data.get(pen.key), at);
    if (!found || found.value === null) { setText(value, "–"); setText(when_, found ? "silent" : "no value yet"); return; }
    value.replaceChildren(shownValue(pen, found.value), h("span", { class: "unit" }, pen.unit));
    const band = found.resolution && found.min !== found.max ? `, ${shownValue(pen, found.min)} to ${shownValue(pen, found.max)}` : "";
    setText(when_, `${found.resolution ? stamp(found.at * 1000).slice(0, -4) : stamp(found.at * 1000)}, ${VALIDITY[found.quality & 3]}${band}${told?.said === undefined ? "" : `, said a day before: ${shownValue(pen, told.said)}`}`);
    when_.title = precise(found.at * 1000);
  });
  const reach = (EVENT_PX * (page.shownSpan + page.ahead)) / chart.width();
  const near = seconds === null ? [] : page.events.filter((event) => Math.abs(Date.parse(event.source_at ?? event.at) / 1000 - seconds) < reach);
  if (near.length) setText(byId("trends-note"), near.slice(0, 2).map((event) => `${stamp(Date.parse(event.source_at ?? event.at))} ${event.equipment_name}: ${event.what}`).join("; "));
  else if (page.wasNear) note(Number(byId("trends-chart").dataset.ms));
  page.wasNear = near.length > 0;
}

function setKeys(keys) {
  page.keys = keys.slice(0, MOST);
  return refresh();
}

const remove = (key) => setKeys(page.keys.filter((one) => one !== key));

function add(pen) {
  if (page.keys.includes(pen.key)) { say("This pen is drawn already."); return; }
  if (page.keys.length >= MOST) { say(`${MOST} pens are drawn; remove one first.`); return; }
  setKeys([...page.keys, pen.key]);
}

let asked = 0;
async function search() {
  const text = byId("pen-search").value.trim();
  const ticket = ++asked;
  const box = byId("pen-found");
  if (!text) { box.replaceChildren(); return; }
  try {
    const items = await get(api(`network/search?q=${encodeURIComponent(text)}`));
    if (ticket !== asked) return;
    box.replaceChildren(...items.map((item) => h("li", {}, h("button", { type: "button", class: "quiet found", onclick: () => offer(item) },
      h("b", {}, item.name), h("span", { class: "small muted" }, [classWord(item.class), placeOf(item.path, item.name)].filter(Boolean).join(", "))))));
    if (!items.length) box.append(h("li", { class: "empty" }, `Nothing is called ‘${text}’.`));
  } catch (error) {
    if (ticket === asked) box.replaceChildren(h("li", { class: "empty" }, error.message));
  }
}

async function offer(item) {
  const ticket = ++asked;
  try {
    const pens = await offered(item.mrid);
    if (ticket !== asked) return;
    byId("pen-found").replaceChildren(h("li", { class: "offered" }, h("b", {}, item.name)), ...pens.map((pen) => h("li", {}, h("button", { type: "button", class: "quiet found", onclick: () => add(pen) },
      `+ ${pen.word}`, h("span", { class: "small muted" }, pen.unit)))));
    if (!pens.length) byId("pen-found").append(h("li", { class: "empty" }, "0 points: nothing is measured or estimated here."));
  } catch (error) {
    say(error.message);
  }
}

const groups = () => JSON.parse(localStorage.getItem(GROUPS) ?? "{}");

function drawGroups() {
  const known = Object.entries(groups()).sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  byId("groups").replaceChildren(...known.map(([name, saved]) => h("li", { class: "group" },
    h("button", { type: "button", class: "quiet found", onclick: () => { page.span = saved.span; page.to = null; setKeys(saved.keys); } }, h("b", {}, name), h("span", { class: "small muted" }, `${saved.keys.length} pens`)),
    h("button", { type: "button", class: "quiet", "aria-label": `Forget ${name}`, onclick: () => keepGroups(({ [name]: gone, ...rest }) => rest) }, "×"))));
  if (!known.length) byId("groups").append(h("li", { class: "empty" }, "0 groups. The address of this page can be bookmarked and sent too."));
}

function keepGroups(change) {
  localStorage.setItem(GROUPS, JSON.stringify(change(groups())));
  drawGroups();
}

function saveGroup(event) {
  event.preventDefault();
  const name = byId("group-name").value.trim();
  if (!name || !page.keys.length) { say("Choose pens and a name first."); return; }
  keepGroups((known) => ({ ...known, [name]: { keys: page.keys, span: page.span } }));
  byId("group-name").value = "";
}

const KEYS = { ArrowLeft: () => move(-0.25), ArrowRight: () => move(0.25), "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), End: () => show(null), Home: () => show(null, 3600) };

function onKey(event) {
  const act = KEYS[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
}

function onWheel(event) {
  event.preventDefault();
  const box = byId("trends-chart").querySelector(".u-over")?.getBoundingClientRect();
  if (!box) return;
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) move((event.deltaX || event.deltaY) / 2000);
  else zoom(event.deltaY > 0 ? 1.25 : 0.8, Math.min(end(), end() + page.ahead - (page.span + page.ahead) * (1 - (event.clientX - box.left) / box.width)));
}

/** The newest values come in as often as they can be told apart. */
function follow() {
  if (page.done !== page.ticket) return;  // a slow answer is waited for, not asked for again and again
  const every = Math.min(60, Math.max(2, page.span / 600)) * 1000;
  if (page.to === null && page.keys.length && !document.hidden && !config.past && performance.now() - page.loadedAt > every) refresh();
}

readAddress();
byId("trends-spans").replaceChildren(...Object.entries(SPANS).map(([seconds, word]) => h("button", { type: "button", value: seconds, onclick: () => show(page.to, Number(seconds)) }, word)));
byId("trends-forecasts").checked = wanted();
byId("trends-forecasts").addEventListener("change", () => { want(byId("trends-forecasts").checked); refresh(); });
byId("trends-back").addEventListener("click", () => move(-0.5));
byId("trends-forward").addEventListener("click", () => move(0.5));
byId("trends-out").addEventListener("click", () => zoom(2));
byId("trends-in").addEventListener("click", () => zoom(0.5));
byId("trends-now").addEventListener("click", () => show(page.to === null ? end() - 1 - page.span / 500 : null));
byId("trends-chart").addEventListener("keydown", onKey);
byId("trends-chart").addEventListener("wheel", onWheel, { passive: false });
let searching = null;
byId("pen-search").addEventListener("input", () => { clearTimeout(searching); searching = setTimeout(search, SEARCH_MS); });
byId("group-form").addEventListener("submit", saveGroup);
new ResizeObserver(() => chart.resize()).observe(byId("trends-chart"));
addEventListener("themechange", () => { chart.retheme(); drawPens(); });
live.addEventListener("jump", refresh);
setInterval(follow, 500);
drawGroups();
refresh();
