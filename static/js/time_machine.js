/** The bar of a page of the past, and the way into the past from the present. */
import { config } from "./config.js";
import { byId, h, say, setText } from "./dom.js";
import { age, day, parseLocal, time, zoneName, zoneOffset } from "./format.js";
import { bind } from "./keyboard.js";
import { live } from "./live.js";
import { SPEEDS } from "./past.js";
import { atInstant, keepPast } from "./past_url.js";

const ADDRESS_MS = 1000;
const PRESENT_MS = 5000;
const ALL_S = 0;
const BACK_MS = 60_000;  // how far 'Look back' goes at first
let saved = 0;
let sliding = false;

/** The ends of the slider: all that is stored, or a window that holds the instant. */
function ends() {
  const all = [live.from ?? live.at - 3600e3, live.wall()];
  const span = Number(byId("past-window").value) * 1000;
  if (span === ALL_S || span > all[1] - all[0]) return all;
  const [low, high] = [Number(byId("past-slider").min) * 1000, Number(byId("past-slider").max) * 1000];
  if (Math.abs(high - low - span) < 2000 && live.at >= low && live.at <= high) return [low, high];
  const from = Math.min(Math.max(live.at - span / 2, all[0]), all[1] - span);
  return [from, from + span];
}

function note() {
  if (live.fault) return live.fault;
  if (live.shown === undefined) return "loading";
  if (!live.shown) return "No state is stored of this time or before it.";
  const { outcome, reason } = live.shown.state.solution;
  const since = (live.at - live.shown.asOf) / 1000;
  if (live.gapS !== null) return `GAP: nothing is stored between ${time(live.shown.asOf)} and this instant; what is shown is ${age(since)} old`;
  const blind = outcome === "solved" ? "" : `, STATE UNKNOWN: ${reason || outcome}`;
  return `state of ${time(live.shown.asOf)}, ${age(since)} before${blind}`;
}

function draw() {
  const { at } = live;
  const known = live.shown && live.gapS === null;
  document.documentElement.dataset.live = known ? "past" : "no";
  setText(byId("past-time"), `${day(at)} ${time(at)} ${zoneName(at)} (${zoneOffset(at)})`);
  setText(byId("past-note"), note());
  setText(byId("live-age"), live.gridAt === null ? "–" : `${age((at - live.gridAt) / 1000)} then`);
  const play = byId("past-play");
  play.setAttribute("aria-pressed", String(live.playing));
  setText(play, live.playing ? "Pause" : "Play");
  for (const button of byId("past-speeds").children) button.setAttribute("aria-pressed", String(Number(button.value) === live.speed));
  const [from, until] = ends();
  const slider = byId("past-slider");
  Object.assign(slider, { min: Math.floor(from / 1000), max: Math.ceil(until / 1000) });
  if (!sliding) slider.value = Math.round(at / 1000);
  slider.setAttribute("aria-valuetext", byId("past-time").textContent);
  const short = (ms) => (until - from > 86_400_000 ? `${day(ms).slice(5)} ${time(ms).slice(0, 5)}` : time(ms).slice(0, 5));
  setText(byId("past-from"), short(from));
  setText(byId("past-until"), short(until));
  if (document.activeElement !== byId("past-at")) byId("past-at").value = `${day(at)} ${time(at)}`;
  aimStudy(at);
  address();
}

/** A study lives in the present and only begins with this instant: it is no page of the past. */
function aimStudy(at) {
  const link = byId("past-study");
  if (!link) return;
  const url = new URL(link.href);
  url.searchParams.set("from", new Date(at).toISOString());
  link.href = url;
}

/** The address says what is shown, so that it can be sent to somebody or loaded again. */
function address(force = false) {
  if (!force && performance.now() - saved < ADDRESS_MS) return;
  saved = performance.now();
  history.replaceState(null, "", atInstant(location.href, live.at));
}

function go(event) {
  event.preventDefault();
  const at = parseLocal(byId("past-at").value);
  if (at === null) say("Write date and time as YYYY-MM-DD hh:mm:ss, in control room time.");
  else if (at > live.wall()) say("That lies in the future.");
  else {
    byId("past-at").blur();
    live.seek(at);
  }
}

/** Links are told the instant when they are used: the past may be playing. */
function carry(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || link.id === "past-live" || link.id === "past-study" || link.hasAttribute("download")) return;
  const known = link.getAttribute("href");
  if (!known.startsWith("#")) link.href = keepPast(known);
}

/** What waits in the present is not forgotten over the past. */
async function present() {
  const answer = await fetch(`${config.urls.api}alarms`, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return;
  const { alarms } = await answer.json();
  const waiting = alarms.filter(({ state, suppression }) => suppression === "none" && ["unacknowledged", "returned", "latched-unack"].includes(state));
  const urgent = waiting.filter(({ priority }) => priority === 1).length;
  setText(byId("past-now"), waiting.length ? `: ${waiting.length} to acknowledge now${urgent ? `, ${urgent} of priority 1` : ""}` : "");
}

const toggle = () => (live.playing ? live.pause() : live.play());

export function startTimeMachine() {
  byId("not-live").hidden = true;
  byId("not-live").removeAttribute("data-boot");
  byId("past-speeds").replaceChildren(...SPEEDS.map((speed) => h("button", { type: "button", value: speed, onclick: () => live.play(speed) }, `${speed}×`)));
  byId("past-play").addEventListener("click", toggle);
  byId("past-before").addEventListener("click", () => live.step(-1));
  byId("past-after").addEventListener("click", () => live.step(1));
  byId("past-event-before")?.addEventListener("click", () => live.toEvent(-1));
  byId("past-event-after")?.addEventListener("click", () => live.toEvent(1));
  byId("past-form").addEventListener("submit", go);
  byId("past-window").addEventListener("change", draw);
  const slider = byId("past-slider");
  slider.addEventListener("input", () => { sliding = true; live.pause(); live.seek(Number(slider.value) * 1000); });
  slider.addEventListener("change", () => { sliding = false; draw(); });
  for (const kind of ["click", "auxclick", "keydown", "contextmenu"]) addEventListener(kind, carry, { capture: true });
  for (const [key, act] of [["p", toggle], [",", () => live.step(-1)], [".", () => live.step(1)], ["[", () => live.toEvent(-1)], ["]", () => live.toEvent(1)], ["b", () => byId("past-live").click()]]) bind(key, act);
  byId("past-live").addEventListener("click", (event) => { event.currentTarget.href = atInstant(location.href, null); });
  live.addEventListener("moved", draw);
  live.addEventListener("jump", () => address(true));
  live.addEventListener("grid", draw);
  draw();
  if (!config.mayViewAlarms) return;
  present();
  setInterval(present, PRESENT_MS);
}

/** From the present into the past of the same display. */
export function startLookBack() {
  const link = byId("look-back");
  if (!link) return;
  const aim = () => { link.href = atInstant(location.href, live.now() - BACK_MS); };
  for (const kind of ["pointerdown", "focus", "click"]) link.addEventListener(kind, aim);
}
