/** The voltage desk: which feeders are near a limit, and one of them as a whole. */
import { api, exchange, get, reason } from "../js/api.js";
import { elementUrl, pageData } from "../js/config.js";
import { byId, h, say, setText, svg } from "../js/dom.js";
import { age, instant, number, time } from "../js/format.js";
import { live } from "../js/live.js";
import { profileChart } from "./voltage_profile.js";
import { GOES_FOR, aim, plan, planFacts, proposals, runs } from "./voltage_side.js";
import { deviceCard } from "./voltage_steps.js";

const { desk } = pageData("voltage-data");
const AGAIN_MS = 15_000, SCAN_MS = 5_000, RUN_MS = 2_000;
const MODE = { off: "off", advise: "advise", automatic: "AUTOMATIC" };
const BAR = 130;
const parameters = new URLSearchParams(location.search);
let chosen = parameters.get("feeder");
let ticket = 0, newest = null, lastDrawn = 0;

/** From the low limit to the high one; the heavy part is where the feeder's voltages lie. */
function bar({ low, high }) {
  const from = Math.min(low.limit_pu, low.pu), to = Math.max(high.limit_pu, high.pu), x = (pu) => 4 + ((pu - from) / (to - from || 1)) * (BAR - 8);
  return svg("svg", { width: BAR, height: 18, role: "img", "aria-label": `from ${number(low.pu, "pu")} at ${low.name} to ${number(high.pu, "pu")} at ${high.name}; limits ${number(low.limit_pu, "pu")} and ${number(high.limit_pu, "pu")}` },
    svg("line", { class: "room", x1: x(from), x2: x(to), y1: 9, y2: 9 }), svg("line", { class: "span", x1: x(low.pu), x2: Math.max(x(high.pu), x(low.pu) + 3), y1: 9, y2: 9 }),
    ...[low.limit_pu, high.limit_pu].map((limit) => svg("line", { class: "limit", x1: x(limit), x2: x(limit), y1: 2, y2: 16 })));
}

const room = (side) => (side ? h("td", { class: side.room_pu < 0 ? "number beyond" : "number", title: `${side.name}: ${number(side.pu, "pu", 4)} pu, limit ${number(side.limit_pu, "pu")}` }, number(side.room_pu, "pu")) : h("td", { class: "number" }, "–"));

function row(feeder) {
  const goes = `${GOES_FOR[feeder.objective]}${feeder.mode ? `, ${MODE[feeder.mode]}` : ""}`;
  const named = h("a", { href: `?feeder=${feeder.mrid}`, onclick: (event) => { event.preventDefault(); choose(feeder.mrid); } }, feeder.name);
  return h("tr", { "data-feeder": feeder.mrid, "data-beyond": feeder.beyond ? "yes" : "no", "aria-current": feeder.mrid === chosen && "true" },
    h("th", { scope: "row" }, named, feeder.beyond > 0 && h("span", { class: "small" }, ` ${feeder.beyond} beyond`)),
    h("td", {}, feeder.low ? bar(feeder) : h("span", { class: "muted small" }, "no voltage known")), room(feeder.low), room(feeder.high), h("td", { class: "small" }, goes));
}

function verdict(told) {
  if (!told.model_version) return "Not known: there is no solved state of the live network yet.";
  const beyond = told.feeders.filter((feeder) => feeder.beyond);
  if (beyond.length) return `${beyond.reduce((sum, feeder) => sum + feeder.beyond, 0)} voltages are beyond their limits, on ${beyond.length} of ${told.feeders.length} feeders.`;
  const [first] = told.feeders.filter((feeder) => feeder.low);
  const least = first && Math.min(first.low.room_pu, first.high.room_pu);
  return first ? `No voltage of ${told.feeders.length} feeders is beyond its limits; the least room is ${number(least, "pu")} pu, on ${first.name}.` : "0 voltages of feeders are known.";
}

function drawList(told) {
  setText(byId("voltage-verdict"), verdict(told));
  const at = told.state_at && instant(told.state_at);
  setText(byId("voltage-state"), at ? `State of ${time(at)}, ${age((live.now() - at) / 1000)} ago` : "");
  const focused = document.activeElement?.closest?.("tr")?.dataset.feeder;
  byId("feeders").replaceChildren(...(told.feeders.length ? told.feeders.map(row) : [h("tr", {}, h("td", { class: "empty", colspan: 5 }, `0 feeders, last check ${time(instant(told.as_of))}`))]));
  if (focused) byId("feeders").querySelector(`tr[data-feeder="${CSS.escape(focused)}"] a`)?.focus();
}

function heading({ feeder }) {
  return [`Along ${feeder.name}${feeder.substation ? `, from ${feeder.substation}` : ""}: `, ...[["lowest", feeder.low], ["highest", feeder.high]].filter(([, side]) => side).flatMap(([word, side]) => [`${word} ${number(side.pu, "pu", 4)} pu at `, h("a", { href: elementUrl(side.mrid) }, side.name), word === "lowest" ? ", " : ""])];
}

function drawFeeder(told) {
  newest = told;
  byId("profile-title").replaceChildren(...heading(told));
  byId("profile").replaceChildren(profileChart(told.profile, told.points, { withLimits: byId("with-limits").checked }));
  byId("devices").replaceChildren(...(told.devices.length ? told.devices.map((device) => deviceCard(device, live.now())) : [h("p", { class: "empty" }, "0 tap changers or switched capacitors lie on its way.")]));
  byId("aim").replaceChildren(...aim(told));
  byId("plan").replaceChildren(...plan(told));
  setText(byId("plan-facts"), planFacts(told));
  byId("proposals").replaceChildren(...proposals(told));
  byId("runs").replaceChildren(...runs(told));
  if (byId("plan-now")) byId("plan-now").disabled = false;
}

function fill({ setting, autonomy }) {
  if (!byId("setting-form")) return;
  byId("setting-objective").value = setting.objective;
  byId("setting-flat").value = setting.flat_pu;
  byId("setting-operations").value = setting.most_operations_per_day;
  byId("mode").value = autonomy?.mode ?? "advise";
  byId("mode-operations").value = autonomy?.max_operations_per_day ?? 10;
  byId("mode-confidence").value = Math.round(100 * (autonomy?.least_confidence ?? 0.9));
}

async function refresh() {
  const mine = ++ticket;
  lastDrawn = Date.now();
  try {
    const told = await get(api("optimization/voltage"));
    if (mine !== ticket) return;
    chosen ??= told.feeders[0]?.mrid ?? null;
    drawList(told);
    if (!chosen) return;
    const feeder = await get(api(`optimization/voltage/${chosen}`));
    if (mine !== ticket) return;
    const first = newest?.feeder.mrid !== feeder.feeder.mrid;
    drawFeeder(feeder);
    if (first) fill(feeder);
  } catch (error) {
    if (mine === ticket) setText(byId("voltage-state"), error.message);
  }
}

function choose(mrid) {
  chosen = mrid;
  history.replaceState(null, "", `?feeder=${mrid}`);
  refresh();
}

async function follow() {
  await refresh();
  if (newest?.run && ["queued", "running"].includes(newest.run.outcome)) setTimeout(follow, RUN_MS);
}

async function planNow() {
  const { status, body } = await exchange(api("optimization/runs"), "POST", { feeder_mrid: chosen });
  if (status !== 202) say(reason(body, status));
  follow();
}

const value = (id) => byId(id).value;

async function sendForm(event, { url, method, body, fault, cleared }) {
  event.preventDefault();
  const { status, body: told } = await exchange(api(url), method, body);
  const done = status === 200 || status === 201;
  setText(byId(fault), done ? "" : reason(told, status));
  if (!done) return;
  byId(cleared).value = "";
  say("Set. The desk goes by it from its next look on.");
  refresh();
}

const setAim = (event) => sendForm(event, {
  url: `optimization/voltage/${chosen}/setting`, method: "PUT", fault: "setting-fault", cleared: "setting-reason",
  body: { objective: value("setting-objective"), flat_pu: Number(value("setting-flat")), most_operations_per_day: Number(value("setting-operations")), reason: value("setting-reason") },
});

const setMode = (event) => sendForm(event, {
  url: "autonomy", method: "POST", fault: "mode-fault", cleared: "mode-reason",
  body: { desk, feeder_mrid: chosen, mode: value("mode"), max_operations_per_day: Number(value("mode-operations")), max_kw: newest?.autonomy?.max_kw ?? 500, least_confidence: Number(value("mode-confidence")) / 100, from_hour: newest?.autonomy?.from_hour ?? 0, to_hour: newest?.autonomy?.to_hour ?? 24, reason: value("mode-reason") },
});

live.addEventListener("grid", () => !document.hidden && Date.now() - lastDrawn > SCAN_MS && refresh());
live.addEventListener("hint", ({ detail }) => detail.topic === "proposals" && refresh());
byId("with-limits").addEventListener("change", () => newest && drawFeeder(newest));
byId("plan-now")?.addEventListener("click", planNow);
byId("setting-form")?.addEventListener("submit", setAim);
byId("mode-form")?.addEventListener("submit", setMode);
setInterval(() => !document.hidden && refresh(), AGAIN_MS);
refresh();
