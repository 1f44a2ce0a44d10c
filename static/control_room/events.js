import { symbol } from "../js/alarm_view.js";
import { api, get } from "../js/api.js";
import { config, elementUrl } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { age, day, instant, parseLocal, precise, stamp, time } from "../js/format.js";
import { live } from "../js/live.js";
import { classWord, deviceOf, placeOf } from "../js/names.js";
import { atInstant, pastAt } from "../js/past_url.js";

const PAGE = 200;
const KEPT = 2000;          // more are never read on a screen; the export has all
const FOLLOW_MS = 3000;
const SEARCH_MS = 150;
const KINDS = { state: "Switches, taps", alarm: "Alarms", act: "Acts" };
const WORD = { state: "Moved", alarm: "Alarm", act: "Act" };
const LATE_S = 60;
const shown = { kinds: new Set(Object.keys(KINDS)), from: "", to: "", text: "", place: "", placeName: "" };
let next = null;
let following = true;
let ticket = 0;
let failed = false;
let places = [];
const drawn = new Map();  // rows by key: what is the same is not drawn again

const iso = (ms) => new Date(ms).toISOString();

/** The address holds the question, so that it can be sent to somebody. */
function readAddress() {
  const given = new URLSearchParams(location.search);
  for (const name of ["from", "to", "text", "place", "placeName"]) shown[name] = given.get(name) ?? "";
  if (given.has("kinds")) shown.kinds = new Set(given.get("kinds").split(",").filter((kind) => KINDS[kind]));
}

function writeAddress() {
  const kinds = [...shown.kinds].join(",");
  const at = pastAt();
  const entries = Object.entries({ at: config.past ? iso(at) : "", from: shown.from, to: shown.to, text: shown.text, place: shown.place, placeName: shown.placeName, kinds: shown.kinds.size < 3 ? kinds : "" });
  const query = new URLSearchParams(entries.filter(([, value]) => value));
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
}

function question(extra = {}) {
  const query = { kinds: [...shown.kinds].join(",") };
  if (shown.from) query.from = iso(parseLocal(shown.from));
  const ends = [shown.to && parseLocal(shown.to), config.past && live.now()].filter(Boolean);  // nothing from after the instant
  if (ends.length) query.to = iso(Math.min(...ends) + 1);
  if (shown.text) query.text = shown.text;
  if (shown.place) query.place = shown.place;
  return new URLSearchParams({ ...query, ...extra });
}

function received({ at, received_at: received, source_at: source, kind }) {
  const seconds = (instant(received) - instant(source ?? at)) / 1000;
  const title = `received ${precise(instant(received))}${source ? `, began ${precise(instant(source))}` : ""}`;
  const text = kind === "act" ? "" : seconds < LATE_S ? `+${seconds.toFixed(3)} s` : `+${age(seconds)}`;
  return h("td", { class: `number small${seconds >= LATE_S && kind === "state" ? " late" : " muted"}`, title }, text);
}

function what(event) {
  if (event.kind !== "state") return [event.what];
  const bad = event.quality & 1 ? h("span", { class: "muted" }, " ? questionable") : null;
  return [h("span", { class: "muted" }, event.before ? `${event.before} → ` : "? → "), h("b", {}, event.what), bad];
}

function row(event) {
  const at = instant(event.at);
  const name = deviceOf(event.equipment_name);
  const look = { class: "button quiet look", href: atInstant("/", at), title: `The grid at ${precise(at)}`, "aria-label": `See it then: the grid at ${stamp(at)}` };
  const mark = event.priority ? symbol(event.priority, event.state === "normal" ? "none" : event.state) : "";
  return h("tr", { "data-kind": event.kind, "data-key": event.key },
    h("td", { class: "stamp", title: precise(at) }, stamp(at)), received(event), h("td", { class: "muted" }, WORD[event.kind]), h("td", { class: "sign" }, mark),
    h("td", { title: event.equipment_name }, event.equipment_mrid ? h("a", { href: elementUrl(event.equipment_mrid) }, name) : name),
    h("td", { class: "what" }, what(event)), h("td", {}, event.who), h("td", {}, h("a", look, "See it then")));
}

function draw(events, onTop) {
  const body = byId("events");
  const rows = events.map((event) => drawn.get(event.key) ?? drawn.set(event.key, row(event)).get(event.key));
  if (onTop) body.prepend(...rows);
  else body.append(...rows);
}

function tell(text) { setText(byId("events-note"), text); }

function summarise() {
  const count = byId("events").children.length;
  byId("events-more").hidden = !next || count >= KEPT;
  byId("events-empty").hidden = count > 0;
  const at = config.past ? `up to ${day(live.now())} ${time(live.now())}` : `last check ${time(live.now())}`;
  setText(byId("events-empty"), `0 events match, ${at}`);
  tell(`${count}${next ? " and earlier ones" : ""}, ${at}`);
  byId("events-csv").href = api(`events/export?${question()}`);
}

async function load() {
  const mine = ++ticket;
  try {
    const answer = await get(api(`events?${question({ most: PAGE })}`));
    if (mine !== ticket) return;
    drawn.clear();
    byId("events").replaceChildren();
    draw(answer.events);
    next = answer.next;
    failed = false;
    summarise();
  } catch (error) {
    if (mine !== ticket) return;
    failed = true;
    tell(error.message);
  }
}

async function more() {
  const mine = ticket;
  try {
    const answer = await get(api(`events?${question({ most: PAGE, after: next })}`));
    if (mine !== ticket) return;
    draw(answer.events);
    next = answer.next;
    summarise();
  } catch (error) {
    if (mine === ticket) tell(error.message);
  }
}

/** What is new comes in on top; where more came in than a page has, the list begins anew. */
async function follow() {
  if (failed && !document.hidden) { await load(); return; }  // what stands there answers an older question
  if (!following || shown.to || config.past || document.hidden) return;
  const mine = ticket;
  try {
    const answer = await get(api(`events?${question({ most: PAGE })}`));
    if (mine !== ticket || !following) return;
    const fresh = answer.events.filter(({ key }) => !drawn.has(key));
    if (fresh.length === PAGE && drawn.size) { await load(); return; }
    // A late event belongs further down: it is put into its place by drawing the page anew.
    const late = fresh.some(({ key }, i) => answer.events[i].key !== key);
    if (late) await load();
    else { draw(fresh, true); summarise(); }
  } catch (error) {
    if (mine === ticket) tell(error.message);
  }
}

function toggleKind(kind, button) {
  if (!shown.kinds.delete(kind)) shown.kinds.add(kind);
  button.setAttribute("aria-pressed", String(shown.kinds.has(kind)));
  changed();
}

function changed() {
  writeAddress();
  load();
}

function timeOf(id) {
  const text = byId(id).value.trim();
  if (!text) return "";
  const at = parseLocal(text);
  byId(id).setCustomValidity(at === null ? "Write date and time as YYYY-MM-DD hh:mm, in control room time." : "");
  byId(id).reportValidity();
  return at === null ? null : text;
}

function submit(event) {
  event.preventDefault();
  const [from, to] = [timeOf("events-from"), timeOf("events-to")];
  if (from === null || to === null) return;
  const wanted = byId("events-place").value.trim();
  const place = places.find((item) => item.label === wanted || item.name === wanted);
  if (wanted && !place && wanted !== shown.placeName) {
    byId("events-place").setCustomValidity("Choose one of the names that the search offers.");
    byId("events-place").reportValidity();
    return;
  }
  if (!wanted) Object.assign(shown, { place: "", placeName: "" });
  else if (place) Object.assign(shown, { place: place.mrid, placeName: place.label });
  Object.assign(shown, { from, to, text: byId("events-text").value.trim() });
  changed();
}

async function offer() {
  const text = byId("events-place").value.trim();
  byId("events-place").setCustomValidity("");
  if (!text || places.some(({ label }) => label === text)) return;
  const found = await get(api(`network/search?q=${encodeURIComponent(text)}`)).catch(() => []);
  if (byId("events-place").value.trim() !== text) return;  // asked again for what stands there now
  places = found.map((item) => ({ ...item, label: [item.name, classWord(item.class), placeOf(item.path, item.name)].filter(Boolean).join(", ") }));
  byId("events-places").replaceChildren(...places.map(({ label }) => h("option", { value: label })));
}

readAddress();
byId("events-kinds").replaceChildren(...Object.entries(KINDS).filter(([kind]) => config.mayViewAlarms || kind === "state").map(([kind, word]) => h("button", {
  type: "button", "aria-pressed": String(shown.kinds.has(kind)), onclick: ({ currentTarget }) => toggleKind(kind, currentTarget),
}, word)));
byId("events-from").value = shown.from;
byId("events-to").value = shown.to;
byId("events-text").value = shown.text;
byId("events-place").value = shown.placeName;
for (const id of ["events-from", "events-to"]) byId(id).addEventListener("input", () => byId(id).setCustomValidity(""));
byId("events-filter").addEventListener("submit", submit);
byId("events-more").addEventListener("click", more);
let searching = null;
byId("events-place").addEventListener("input", () => { clearTimeout(searching); searching = setTimeout(offer, SEARCH_MS); });
byId("events-follow").hidden = Boolean(config.past);
byId("events-follow").addEventListener("click", ({ currentTarget }) => {
  following = !following;
  currentTarget.setAttribute("aria-pressed", String(following));
  follow();
});
live.addEventListener("jump", load);
setInterval(follow, FOLLOW_MS);
load();
