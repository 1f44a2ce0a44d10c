/** The command dialog: choose an act, see what it does, select, confirm within 10 s, follow it to its end. */
import { api, exchange, get, reason } from "../js/api.js";
import { byId, h } from "../js/dom.js";
import { age, instant } from "../js/format.js";
import { live } from "../js/live.js";
import { act, findings, outcome, presentWords, progress } from "./command_words.js";

const FOLLOW_MS = 400;
const box = () => byId("command");
const now = { device: null, controls: [], control: null, order: null, nonce: "", opener: null, chosen: null };
let timer = 0;

const isLive = () => document.documentElement.dataset.live === "yes";
const button = (text, onclick, more = {}) => h("button", { type: "button", onclick, ...more }, text);
const seconds = (until) => Math.max(0, Math.ceil((instant(until) - live.now()) / 1000));

function draw(...parts) {
  box().replaceChildren(
    h("header", {}, h("h2", { id: "command-title" }, `Operate ${now.device.name}`), h("span", { class: "spring" }), button("Close", close, { "aria-label": "Close the command dialog" })),
    ...parts.flat().filter(Boolean));
}

function fault(text) {
  return h("p", { class: "command-fault", role: "alert" }, text);
}

function presentRow() {
  const { present, point } = now.control;
  const at = instant(present.at);
  return h("dl", { class: "command-present" },
    h("dt", {}, point), h("dd", {}, h("b", {}, presentWords(present)), h("span", { class: "muted" }, at ? `, ${age((live.now() - at) / 1000)} old` : ", never heard"), h("span", { class: "muted" }, present.is_stale ? ", STALE" : present.is_valid ? ", good" : ", INVALID")));
}

/** Which control, if there are several, and which act. */
function chooseAct(message = "") {
  stop();
  now.order = null;
  const { control, controls } = now;
  const several = controls.length > 1 && h("label", {}, "What ",
    h("select", { id: "command-control", onchange: ({ target }) => { now.control = controls[target.selectedIndex]; chooseAct(); } },
      controls.map((one) => h("option", { selected: one === control }, `${one.point}: ${one.acts.map(({ label }) => label).join(" / ")}`))));
  const value = control.kind === "setpoint" && h("label", {}, `Value, ${control.low} to ${control.high} ${control.unit} `,
    h("input", { id: "command-value", type: "number", step: "any", min: control.low, max: control.high, required: true }));
  const acts = control.acts.filter((one) => !(one.act === "open" && control.present.value === 0) && !(one.act === "close" && control.present.value === 1));
  draw(presentRow(), several, value, message && fault(message), !control.is_controllable && fault(control.why_not), !isLive() && fault("The page is not live: nothing can be ordered."),
    h("div", { class: "choice" }, button("Cancel", close, { autofocus: true }),
      acts.map((one) => button(`${one.label}…`, () => preview(one), { disabled: !control.is_controllable || !isLive() }))));
  focusDefault();
}

const wanted = (chosen) => {
  const body = { device_mrid: now.device.mrid, act: chosen.act, quantity: now.control.quantity };
  const field = byId("command-value");
  if (chosen.act === "set" && field) body.value = field.valueAsNumber;
  return body;
};

async function preview(chosen) {
  const body = wanted(chosen);
  if (chosen.act === "set" && !Number.isFinite(body.value)) { chooseAct("Give the value to set."); return; }
  now.chosen = { ...chosen, body };
  const { status, body: told } = await exchange(api("orders/look-ahead"), "POST", body);
  if (status !== 200) { chooseAct(refusal(told, status)); return; }
  const blocks = told.findings.some(({ level }) => level === "blocks");
  draw(presentRow(), h("p", { class: "command-sentence" }, told.sentence), findings(told.findings), told.needs_second && h("p", {}, told.needs_second),
    h("div", { class: "choice" }, button("Cancel", () => chooseAct(), { autofocus: true }), button(`Select to ${chosen.label.toLowerCase()}`, select, { disabled: blocks || !isLive(), id: "command-select" })));
  focusDefault();
}

const refusal = (told, status) => [reason(told, status), told.add_cause && `(${told.add_cause})`].filter(Boolean).join(" ");

async function select() {
  const { status, body: told } = await exchange(api("orders/selection"), "POST", { ...now.chosen.body, key: newKey() });
  if (status !== 201) { chooseAct(refusal(told, status)); return; }
  now.order = told;
  now.nonce = told.nonce;
  confirm();
}

export const newKey = () => crypto.randomUUID?.() ?? uuid();
const uuid = () => "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) => (Number(c) ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (Number(c) / 4)))).toString(16));

function confirm() {
  const { order } = now;
  const left = h("progress", { max: "10", value: "10", "aria-label": "Seconds left to operate" });
  const words = h("span", { class: "command-left", role: "timer" });
  draw(presentRow(), h("p", {}, "Remote operation will take place:"), h("p", { class: "command-sentence" }, order.look_ahead.sentence), findings(order.look_ahead.findings),
    order.look_ahead.needs_second && h("p", {}, order.look_ahead.needs_second),
    h("p", {}, left, " ", words),
    h("div", { class: "choice" }, button("Cancel", giveBack, { autofocus: true }), button(`${act(order)}: confirm`, operate, { id: "command-operate" })));
  focusDefault();
  tick(() => {
    const rest = seconds(order.expires_at);
    left.value = rest;
    words.textContent = `${rest} s left`;
    if (rest === 0) chooseAct("The 10 s are over. Nothing was sent; select it again. (time-limit-over)");
  });
}

async function giveBack() {
  const order = now.order;
  chooseAct();
  if (order) await exchange(api(`orders/${order.id}/cancellation`), "POST", {});
}

async function operate() {
  stop();
  const { status, body: told } = await exchange(api(`orders/${now.order.id}/operation`), "POST", { nonce: now.nonce });
  if (status === 201) { follow(told); return; }
  if (status === 0) { await look(); if (now.order?.status !== "selected") return; }
  chooseAct(refusal(told, status));
}

async function look() {
  try {
    follow(await get(api(`orders/${now.order.id}`)), { again: true });
  } catch (error) {
    draw(presentRow(), fault(`What became of the order is not known here: ${error.message} See the log of orders.`));
  }
}

function follow(order) {
  now.order = order;
  const waits = order.status === "awaiting" && h("p", {}, `A second person decides: ${seconds(order.expires_at)} s left.`);
  const close_ = button(order.is_open && order.status !== "unknown" ? "Close (it goes on)" : "Close", close, { autofocus: true });
  draw(h("p", { class: "command-sentence" }, order.sentence), progress(order), waits, outcome(order),
    h("div", { class: "choice" }, order.status === "awaiting" && button("Take back", giveBack), close_));
  if (!timer) focusDefault();
  if (order.is_open) tick(look, FOLLOW_MS);
  else stop();
}

function tick(what, every = 250) {
  stop();
  timer = setInterval(what, every);
}

function stop() {
  clearInterval(timer);
  timer = 0;
}

const focusDefault = () => box().querySelector("[autofocus]")?.focus();

function close() {
  stop();
  const { order, opener } = now;
  if (order?.status === "selected") exchange(api(`orders/${order.id}/cancellation`), "POST", {});
  now.order = null;
  box().close();
  opener?.focus();
}

export async function controlsOf(mrid) {
  return (await get(api(`orders/controls?device=${mrid}`))).controls;
}

function closesByEscape() {
  box().onkeydown = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
}

/** What a plan's step has selected: the second confirmation is asked for at once. */
export function openSelected(order, opener) {
  const { device, present } = order.look_ahead;
  const control = { point: device.point, present, acts: [], is_controllable: true };
  Object.assign(now, { device, opener, order, nonce: order.nonce, control, controls: [control] });
  closesByEscape();
  if (!box().open) box().show();
  confirm();
}

/** Not modal: no alarm is ever covered by it, nor out of reach of the keyboard. */
export async function openCommand(device, opener) {
  Object.assign(now, { device, opener, order: null });
  closesByEscape();
  draw(h("p", { class: "empty" }, "loading"));
  if (!box().open) box().show();
  try {
    now.controls = await controlsOf(device.mrid);
  } catch (error) {
    draw(fault(error.message));
    return;
  }
  now.control = now.controls[0];
  if (now.control) chooseAct();
  else draw(h("p", { class: "empty" }, "This device takes no commands."), h("div", { class: "choice" }, button("Close", close, { autofocus: true })));
}
