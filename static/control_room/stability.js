/** Stability: what the loss of the largest plant does, who answers it, and what meters read now. */
import { api, get, post } from "../js/api.js";
import { config, elementUrl } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { instant, minute, number, time } from "../js/format.js";
import { MeasuredChart, ResponseChart } from "./frequency_chart.js";

const AGAIN_MS = 30_000, METER_MS = 3_000, NOTHING = "–", KWS_A_MWS = 1000, MOST_SHOWN = 40, AFTER_LOOK_MS = 4_000, NOMINAL_HZ = 50;
const response = new ResponseChart(byId("response"), byId("response-reading")), measured = new MeasuredChart(byId("measured"));
let run = null, hz = null;

const hertz = (value) => number(value, "", 2), kw = (value) => number(value, "kW", 0);
const cell = (words, beyond = false) => h("td", { class: beyond ? "number beyond" : "number" }, words);
const known = (value) => value !== null && value !== undefined;
const tile = (title, value, ...notes) => h("div", { class: "tile" }, h("dt", {}, title), h("dd", {}, value, ...notes.filter(Boolean).map((note) => h("span", { class: "small muted" }, note))));
const plantLink = (mrid, name) => h("th", { scope: "row" }, h("a", { href: elementUrl(mrid) }, name));
const present = () => Math.min(Math.max(Math.floor((Date.parse(run.as_of) - Date.parse(run.starts_at)) / 3_600_000), 0), run.hours.length - 1);

/** The frequency after the loss of the largest load. */
function highest() {
  if (!known(run.hours[0].zenith_hz)) return [];
  const most = (name) => Math.max(...run.hours.map((hour) => hour[name]));
  return [`highest ${hertz(most("zenith_hz"))} of ${hertz(run.area.high_limit_hz)} allowed, alone ${hertz(most("zenith_without_hz"))}`];
}

function tiles() {
  const now = run.hours[present()], area = run.area, limit = area.limit_hz;
  const lowest = (name) => Math.min(...run.hours.map((hour) => hour[name]));
  const weakest = run.strength.find((one) => known(one.ratio));
  const live = (one) => { one.classList.add("live-value"); return one; };
  return [
    live(tile("Frequency now, Hz", hz ? number(hz.hz, "", 3) : NOTHING, hz ? MeasuredChart.words(hz) : config.past ? "the past shows what was worked out, not what was measured" : "no meter is heard")),
    tile("Largest loss now, kW", kw(now.loss_kw), now.loss_name, `by ${now.loss_basis}`),
    tile("Nadir without reserve, Hz", hertz(lowest("nadir_without_hz")), `limit ${hertz(limit)}`, `as set now ${hertz(lowest("nadir_now_hz"))}`),
    tile("Nadir scheduled, Hz", hertz(lowest("nadir_hz")), lowest("nadir_hz") >= limit ? "the limit is kept in every hour" : "the limit is not kept in every hour", ...highest()),
    tile("Inertia, MWs", number(now.synchronous_kws / KWS_A_MWS, "", 1), `${number(now.needed_kws / KWS_A_MWS, "", 1)} needed for ${number(area.rocof_limit_hz_s, "", 1)} Hz/s`, "no plant here is known to form the grid"),
    tile("Weakest inverter", weakest ? number(weakest.ratio, "", 1) : NOTHING, weakest ? `${weakest.name}: ${weakest.strength}` : "the state was not known"),
  ];
}

function hourRow(hour) {
  const limit = run.area.limit_hz;
  return h("tr", {},
    h("th", { scope: "row" }, minute(instant(hour.at))), h("td", {}, hour.loss_name), cell(kw(hour.loss_kw)),
    cell(number(hour.synchronous_kws / KWS_A_MWS, "", 1), hour.synchronous_kws < hour.needed_kws), cell(number(hour.needed_kws / KWS_A_MWS, "", 1)), cell(kw(hour.inverter_kw)), cell(number(hour.rocof_hz_s, "", 2)),
    ...["nadir_without_hz", "nadir_now_hz", "nadir_hz"].map((name) => cell(hertz(hour[name]), hour[name] < limit)),
    cell(hertz(hour.settling_hz)), cell(kw(hour.need_kw)), cell(kw(hour.given_kw)), cell(kw(hour.short_kw), hour.short_kw >= 1), ...risingCells(hour));
}

/** After the largest loss of load; what was worked out before that was looked at says nothing. */
function risingCells(hour) {
  const limit = run.area.high_limit_hz, beyond = (name) => known(limit) && hour[name] > limit;
  return [h("td", {}, hour.rise_name ?? NOTHING), cell(kw(hour.rise_kw)), ...["zenith_without_hz", "zenith_hz"].map((name) => cell(hertz(hour[name]), beyond(name))), cell(kw(hour.given_down_kw)), cell(kw(hour.short_down_kw), hour.short_down_kw >= 1)];
}

function courses(one) {
  const told = one.courses.map((course) => h("div", {}, h("a", { href: `/courses/?course=${course.id}` }, `${course.quantity === "volt_var" ? "Volt-var" : "Droop"}: ${course.status_label.toLowerCase()}`), course.reason ? h("span", { class: "small muted" }, ` ${course.reason}`) : ""));
  if (one.refused) told.push(h("span", { class: "small" }, `Not proposed: ${one.refused}`));
  return told.length ? told : [h("span", { class: "muted" }, "none")];
}

/** Promised otherwise, by another desk: what is left is the room. */
const held = (one) => (one.held_up_kw || one.held_down_kw ? `${kw(one.held_up_kw)} / ${kw(one.held_down_kw)}` : NOTHING);

function shareRow(one) {
  const at = present(), off = one.off_percent, curve = (run.volt_var.plants ?? []).find((plant) => plant.mrid === one.mrid);
  const droop = (value) => (!known(value) ? NOTHING : value >= off ? "off" : number(value, "", 2));
  return h("tr", { title: `Counted: ${one.words}` }, plantLink(one.mrid, one.name), cell(kw(one.rated_kw)), cell(kw(one.room_kw[at])), cell(kw(one.energy_kwh[at])), cell(held(one)), cell(kw(one.kw[at])), cell(kw(one.down_kw?.[at])), cell(kw(Math.max(...one.kw))), cell(droop(one.droop_percent[at])), cell(droop(one.droop_now_percent)), cell(curve ? number(curve.percent, "", 0) : NOTHING), h("td", {}, ...courses(one)));
}

function voltVarWords() {
  const v = run.volt_var;
  if (!known(v.worst_drop_pu)) return v.text ?? "";
  return `Voltages: the loss of ${v.loss_name} (${kw(v.loss_kw)} kW now) lowers one by ${number(v.worst_drop_pu, "", 4)} pu, with the curves of the batteries by ${number(v.worst_drop_with_pu, "", 4)} pu; ${number(v.allowed_drop_pu, "", 3)} pu are allowed. ${v.text ?? ""}`;
}

const strengthRow = (one) => h("tr", {}, plantLink(one.mrid, one.name), cell(kw(one.rated_kva)), cell(number(one.power_mva, "", 1)), cell(number(one.ratio, "", 1), one.strength !== "strong"), h("td", {}, one.strength));
const rampRow = (one) => h("tr", {}, plantLink(one.mrid, one.name), cell(kw(one.limit_kw_min)), cell(kw(one.worst_kw_min), one.minutes_beyond > 0), cell(number(one.minutes_beyond, "", 0)), cell(kw(one.needed_kw)), cell(number(one.needed_kwh, "", 0)));

function fill(id, rows) {
  byId(id).replaceChildren(...rows.slice(0, MOST_SHOWN));
  const empty = document.getElementById(`${id}-empty`);
  if (empty) empty.hidden = rows.length > 0;
}

function draw() {
  const whole = Boolean(run?.hours.length);
  for (const id of ["tiles", "shares-panel", "hours-panel", "pair"]) byId(id).hidden = !whole;
  document.querySelector(".response").hidden = !whole;
  byId("empty").hidden = whole;
  setText(byId("verdict"), run ? `${run.outcome_label}.` : "Nothing has been worked out yet.");
  setText(byId("state"), run ? `worked out at ${time(instant(run.as_of))}` : "");
  if (!whole) { setText(byId("empty"), run?.text ?? "It is worked out each hour, a few minutes past. “Look now” does it at once."); return; }
  setText(byId("verdict"), `${run.outcome_label}. ${run.text}`);
  byId("tiles").replaceChildren(...tiles());
  setText(byId("response-words"), `of ${kw(run.hours[run.response.hour].loss_kw)} kW at ${minute(instant(run.response.at))}, the hour in which it would fall lowest`);
  response.draw({ response: run.response, limit: run.area.limit_hz, nominal: run.area.nominal_hz });
  setText(byId("hours-words"), `each with its largest plant lost, and apart from that its largest load; the lower limit is ${hertz(run.area.limit_hz)} Hz`);
  fill("hours", run.hours.map(hourRow));
  fill("shares", run.shares.map(shareRow));
  setText(byId("volt-var"), voltVarWords());
  fill("strength", run.strength.map(strengthRow));
  setText(byId("ramps-words"), `the battery that each would need for ${number(run.area.ramp_percent_min, "", 0)} % of its rating a minute`);
  fill("ramps", run.ramps.map(rampRow));
  setText(byId("source"), `Area ${run.area.name}: ${number(run.area.kinetic_kws / KWS_A_MWS, "", 1)} MWs, load ${kw(run.area.load_kw)} kW, governors ${kw(run.area.governor_kw)} kW at ${number(run.area.governor_droop_percent, "", 1)} %. Source: ${run.area.source}`);
}

async function refresh() {
  try {
    run = (await get(api("renewables/stability"))).run;
    draw();
  } catch (error) {
    setText(byId("state"), error.message);
  }
}

async function meter() {
  try {
    const { points } = await get(api("renewables/stability/frequency"));
    hz = points.find((one) => known(one.hz) && !one.is_stale) ?? null;
    byId("measured-empty").hidden = points.length > 0;
    setText(byId("measured-words"), hz ? `${number(hz.hz, "", 3)} Hz at ${MeasuredChart.words(hz)}` : points.length ? "no meter is heard now" : "");
    measured.draw({ points, nominal: run?.area?.nominal_hz ?? NOMINAL_HZ });
    if (run?.hours.length) byId("tiles").replaceChildren(...tiles());
  } catch (error) {
    setText(byId("measured-words"), error.message);
  }
}

document.getElementById("look")?.addEventListener("click", async () => {
  try {
    setText(byId("state"), (await post(api("renewables/stability"), {})).detail);
    setTimeout(refresh, AFTER_LOOK_MS);
  } catch (error) {
    setText(byId("state"), error.message);
  }
});

await refresh();
if (config.past) {
  document.querySelector(".measured").hidden = true;
  document.getElementById("look")?.setAttribute("hidden", "");
} else {
  await meter();
  setInterval(refresh, AGAIN_MS);
  setInterval(meter, METER_MS);
}
