import { STATE, symbol } from "../js/alarm_view.js";
import { api, get, post } from "../js/api.js";
import { config, elementUrl } from "../js/config.js";
import { byId, h, say, setText } from "../js/dom.js";
import { age, instant, number, stamp } from "../js/format.js";
import { live } from "../js/live.js";
import { ask } from "./ask.js";
import { act as orderWords } from "./command_words.js";
import { proposalUrl } from "./remedy_card.js";

const REFRESH_MS = 10000;
const CRITICAL = 1;
const ticked = new Set();
const keyOf = (alarm) => `${alarm.id}/${alarm.occurrence}`;
const clock = (text) => stamp(instant(text)).slice(0, -4);
let me = {};
let drawn = "";
let ticket = 0;

function row(mark, text, end) {
  return h("div", { class: "row" }, h("span", {}, mark), h("span", {}, text), h("span", { class: "muted small" }, end));
}

const linked = (name, mrid) => (mrid ? h("a", { href: elementUrl(mrid) }, name) : name);

function section(title, rows, none) {
  return [h("h3", {}, `${title}: ${rows.length}`), ...(rows.length ? rows : [h("p", { class: "empty" }, none)])];
}

function alarmRow(alarm) {
  const end = [`${STATE[alarm.state]?.short ?? alarm.state} · `, clock(alarm.raised_at)];
  const line = row(symbol(alarm.priority, alarm.state), [linked(alarm.equipment_name, alarm.equipment_mrid), `: ${alarm.message}`], end);
  if (alarm.priority === CRITICAL && me.mayKeepLog) line.lastChild.prepend(tick(alarm));
  return line;
}

function tick(alarm) {
  const box = h("input", { type: "checkbox", checked: ticked.has(keyOf(alarm)), "aria-label": `I have looked at ${alarm.equipment_name}, ${alarm.message}` });
  box.addEventListener("change", () => (box.checked ? ticked.add(keyOf(alarm)) : ticked.delete(keyOf(alarm))));
  return h("label", { class: "reviewed follow" }, box, "looked at");
}

function figures(page) {
  const { system } = page;
  if (!system) return [h("p", { class: "empty" }, "No scan is stored yet.")];
  const one = (name, value, unit) => h("div", {}, h("dt", {}, name), h("dd", {}, h("b", {}, number(value, unit)), h("span", { class: "unit" }, unit)));
  return [h("dl", { class: "figures" }, one("Load", system.load_kw / 1000, "MW"), one("Generation", system.generation_kw / 1000, "MW"),
    one("Import", system.import_kw / 1000, "MW"), one("Without supply", system.customers_without_supply, "customers"))];
}

function content(page) {
  return [
    ...figures(page),
    ...section("Alarms", page.alarms.map(alarmRow), "0 active"),
    ...section("Switches off their normal position", page.off_normal_switches.map((s) => row("", linked(s.name, s.mrid), `${s.position}, normally ${s.normal}`)), "All stand as the model has them."),
    ...section("Tags", (page.tags ?? []).map((t) => row("", linked(t.equipment_name, t.equipment_mrid), `${t.kind_label} · ${t.reason} · ${t.placed_by} ${clock(t.placed_at)}`)), "None hangs."),
    ...work(page.unfinished),
    ...section("Limits violated", page.violations.map((v) => row("", linked(v.equipment_name, v.equipment_mrid), `${v.kind.replace("-", " ")} ${number(v.value, v.unit)} ${v.unit}`)), "None"),
    ...section("Links", page.links.map((l) => row("", l.name, `${l.link_state}${l.link_since ? ` since ${clock(l.link_since)}` : ""}`)), "No gateway is set up."),
    ...section("Meters that contradict the others", page.bad_data.map((b) => row("", linked(b.point_name, b.equipment_mrid), `reads ${number(b.measured, b.unit)}, others say ${number(b.estimated, b.unit)} ${b.unit}`)), "None"),
    ...section("Open notes", page.notes.map((n) => row("", n.text, `${n.who} · ${clock(n.at)}`)), "None"),
  ];
}

/** What is not at its end; hand-overs that were signed before this was told have nothing of it. */
function work(told) {
  if (!told) return [];
  const unknown = told.orders.filter(({ status }) => status === "unknown"), open = told.orders.filter(({ status }) => status !== "unknown");
  const order = (o) => row("", linked(orderWords(o), o.device_mrid), [h("a", { href: config.urls.orders }, o.status_label), ` · ${[o.selected_by, clock(o.selected_at), o.purpose].filter(Boolean).join(" · ")}`]);
  return [
    ...section("Orders whose outcome is not known", unknown.map(order), "None"),
    ...section("Orders under way", open.map(order), "None"),
    ...section("Switching plans", told.plans.map((p) => row("", [h("a", { href: `/plans/${p.id}/` }, `${p.number} ${p.name}`), p.step && `: step ${p.step} of ${p.steps}, ${p.step_text}${p.crew ? `, ${p.crew}` : ""}`], `${p.status_label}${p.step && p.status === "under_way" ? ` · ${p.step_status_label.toLowerCase()}` : ""}${p.begins_at ? ` · begins ${clock(p.begins_at)}` : ""}`)), "None is open."),
    ...section("Safety documents issued", told.documents.map((d) => row("", [h("a", { href: `/plans/${d.plan}/` }, d.name), `: ${d.work}`], `${d.crew}: ${d.crew_status_label.toLowerCase()} · ${d.devices.map(({ name }) => name).join(", ")}`)), "None"),
    ...section("Courses of set-points under way", (told.courses ?? []).map((c) => row("", h("a", { href: `/courses/${c.id}/` }, c.title), [`in the name of ${c.executor}`, `ends ${clock(c.ends_at)}`, c.reason].filter(Boolean).join(" · "))), "None"),
    ...section("Remedies under way", told.proposals.map((p) => row("", [h("a", { href: proposalUrl(p.id) }, p.title), `, for ${p.place}`], [p.status_label, p.reason].filter(Boolean).join(" · "))), "None"),
  ];
}

async function act(path, body) {
  try {
    await post(api(path), body);
    ticked.clear();
  } catch (error) {
    say(error.message);
  }
  drawn = "";
  await refresh();
}

async function signOut() {
  const remarks = await ask({ title: "Sign the hand-over: this page, as it is now, is given to the relief.", label: "Remarks for the relief", text: "", yes: "Sign and hand over" });
  if (byId("ask").returnValue === "yes") await act("hand-overs", { reviewed: [...ticked], remarks });
}

function acts(waiting) {
  if (!me.mayKeepLog) return [];
  if (!waiting) return [h("div", { class: "choice" }, h("button", { type: "button", onclick: signOut }, "Hand over this shift"))];
  const where = `hand-overs/${waiting.id}`;
  const about = h("p", {}, `${waiting.outgoing} signed at ${clock(waiting.outgoing_at)}. ${waiting.remarks}`);
  const digest = h("p", { class: "digest muted", title: "SHA-256 of the signed page" }, waiting.digest);
  const choice = waiting.outgoing === me.user
    ? h("button", { type: "button", onclick: () => act(`${where}/withdrawal`, {}) }, "Withdraw")
    : h("button", { type: "button", onclick: () => act(`${where}/signature`, { reviewed: [...ticked], digest: waiting.digest }) }, "Sign and take over");
  return [about, digest, h("div", { class: "choice" }, choice)];
}

function state(latest) {
  if (!latest) return "none signed yet";
  if (latest.stage === "signed_out") return `waits for the relief since ${clock(latest.outgoing_at)}`;
  if (latest.stage === "withdrawn") return `last one withdrawn by ${latest.outgoing}`;
  return `${latest.incoming} took over from ${latest.outgoing}, ${age((live.now() - instant(latest.incoming_at)) / 1000)} ago`;
}

async function refresh() {
  const mine = ++ticket;
  let overs;
  let page;
  try {
    [overs, page] = await Promise.all([get(api("hand-overs")), get(api("hand-overs/page"))]);
  } catch (error) {
    if (mine === ticket) setText(byId("over-state"), error.message);
    return;
  }
  if (mine !== ticket) return;
  const [latest] = overs;
  const waiting = latest?.stage === "signed_out" ? latest : null;
  setText(byId("over-state"), state(latest));
  const { as_of: _, solution: __, ...lasting } = page;
  const print = JSON.stringify([latest?.digest, latest?.stage, { ...lasting, system: null }]);
  if (print === drawn) return;
  drawn = print;
  byId("over").replaceChildren(...content(page));
  byId("over-acts").replaceChildren(...acts(waiting));
}

export function startHandOver(user) {
  me = user;
  setInterval(refresh, REFRESH_MS);
  refresh();
}
