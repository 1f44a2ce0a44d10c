/** The log of orders, and what awaits a second person. */
import { api, exchange, get, reason } from "../js/api.js";
import { elementUrl, pageData } from "../js/config.js";
import { byId, h, say, setText } from "../js/dom.js";
import { age, instant, stamp, time } from "../js/format.js";
import { live } from "../js/live.js";
import { POSITIONS, act, findings, outcome, presentWords, progress } from "./command_words.js";

const page = pageData("orders-data");
const REFRESH_MS = 5000;
const MOST = 100;
let before = null;
let last = null;
let ticket = 0;
let shown = null;

const lag = (from, to) => (from && to ? ((instant(to) - instant(from)) / 1000).toFixed(1) : "–");

function row(order) {
  const open = h("button", { type: "button", onclick: () => one(order.id), "aria-label": `Show order ${order.id}` }, stamp(instant(order.selected_at)).slice(0, -4));
  return h("tr", { "data-status": order.status, "aria-selected": shown === order.id ? "true" : null },
    h("td", {}, open), h("td", {}, order.selected_by), h("td", {}, h("a", { href: elementUrl(order.device_mrid) }, order.device_name)),
    h("td", {}, order.act_label, order.act === "set" ? ` ${order.value} ${order.unit}` : ""),
    h("td", {}, order.status_label, (order.finding || order.reason) && h("span", { class: "reason" }, order.finding ? `${order.settled_by}: ${order.finding}` : order.reason, order.add_cause && ` (${order.add_cause})`)),
    h("td", {}, order.approved_by ?? (order.is_critical ? "–" : "not needed")),
    h("td", { class: "number" }, lag(order.sent_at, order.answered_at)), h("td", { class: "number" }, order.status === "confirmed" ? lag(order.answered_at, order.ended_at) : "–"),
    h("td", {}, purpose(order)));
}

/** Of a course, with the way to it. */
function purpose({ purpose: text }) {
  const [, id] = /^course (\d+),/.exec(text) ?? [];
  return id ? h("a", { href: `/courses/${id}/` }, text) : text;
}

async function refresh() {
  const mine = ++ticket;
  const status = byId("orders-status").value;
  const query = new URLSearchParams({ ...(status && { status }), ...(before && { before }) });
  try {
    const [log, awaiting, unknown] = await Promise.all([get(api(`orders?${query}`)), get(api("orders?status=awaiting")), get(api("orders?status=unknown"))]);
    if (mine !== ticket) return;
    last = log.orders.at(-1)?.id ?? null;
    byId("orders").replaceChildren(...log.orders.map(row));
    byId("orders-empty").hidden = log.orders.length > 0;
    byId("orders-older").disabled = log.orders.length < MOST;
    setText(byId("await-state"), `${awaiting.orders.length} now, last check ${time(live.now())}`);
    setText(byId("unknown-state"), `${unknown.orders.length} now`);
    await keep(byId("awaiting"), awaiting.orders, decisions, decision, "Nothing awaits a second person.");
    await keep(byId("unknown"), unknown.orders, settlements, settlement, "The outcome of every order is known.");
    await Promise.all([...settlements.values()].map((node) => node.readAgain()));
  } catch (error) {
    if (mine === ticket) setText(byId("await-state"), error.message);
  }
}

const decisions = new Map();
const settlements = new Map();

/** What is typed into one that is shown already stays as it is. */
async function keep(box, orders, shownNow, draw, none) {
  const ids = new Set(orders.map(({ id }) => id));
  for (const [id, node] of shownNow) if (!ids.has(id)) { node.remove(); shownNow.delete(id); }
  box.querySelector(".empty")?.remove();
  for (const order of orders) {
    if (shownNow.has(order.id)) continue;
    const node = await draw(await get(api(`orders/${order.id}`)));
    if (shownNow.has(order.id)) continue;  // another round was faster
    shownNow.set(order.id, node);
    box.append(node);
  }
  if (!shownNow.size) box.replaceChildren(h("p", { class: "empty" }, none));
}

const refusal = () => h("p", { class: "command-fault", role: "alert", hidden: true });

function refuse(line, text) {
  line.hidden = false;
  line.textContent = text;
}

/** What the device reads now, beside the question what was found in the field. */
async function reading(order) {
  const { controls } = await get(api(`orders/controls?device=${order.device_mrid}`));
  const found = controls.find(({ point }) => point === order.point_name);
  if (!found) return "No point tells of it.";
  const { present } = found;
  const old = present.age_s === null ? "never heard" : `${age(present.age_s)} old`;
  return `${order.point_name} reads ${presentWords(present)}, ${old}${present.is_stale ? ", STALE" : present.is_valid ? "" : ", INVALID"}. Before the order: ${stood(order)}.`;
}

const stood = (order) => (order.before === null ? "not known" : ["open", "close"].includes(order.act) ? POSITIONS[order.before] : `${order.before} ${order.unit}`.trim());

async function settlement(order) {
  const why = h("input", { maxlength: "300", required: true, id: `finding-${order.id}`, autocomplete: "off" });
  const fault = refusal();
  const found = async (what) => {
    if (!why.reportValidity()) return;
    const { status, body } = await exchange(api(`orders/${order.id}/settlement`), "POST", { found: what, reason: why.value.trim() });
    if (status !== 201) { refuse(fault, reason(body, status)); return; }
    say(`${act(order)}: ${body.status_label.toLowerCase()}`);
    one(order.id);
    refresh();
  };
  const reads = h("p", { class: "reading" });
  const readAgain = async () => setText(reads, await reading(order));
  await readAgain();
  const node = h("div", { class: "order-decision", "data-order": order.id },
    h("p", { class: "command-sentence" }, `Order ${order.id}: ${act(order)}`), outcome(order),
    h("p", {}, `Ordered by ${order.selected_by}, ${stamp(instant(order.ordered_at ?? order.selected_at)).slice(0, -4)}`, order.purpose && h("span", { class: "muted" }, `, for ${order.purpose}`)),
    reads, fault,
    page.mayOperate ? h("form", { onsubmit: (event) => { event.preventDefault(); } },
      h("label", { for: why.id }, "What was found in the field, and how", why),
      h("div", { class: "choice" }, h("button", { type: "button", onclick: () => found("not-done") }, "It was not done"), h("button", { type: "button", onclick: () => found("done") }, "It was done")))
      : h("p", { class: "muted" }, "Your role settles no orders."));
  return Object.assign(node, { readAgain });
}

function decision(order) {
  const left = h("span", { role: "timer", class: "command-left" });
  const count = () => { left.textContent = `${Math.max(0, Math.ceil((instant(order.expires_at) - live.now()) / 1000))} s left`; };
  const clock = setInterval(() => (left.isConnected || decisions.get(order.id) === node ? count() : clearInterval(clock)), 250);
  count();
  const mayDecide = page.mayApprove && order.selected_by !== page.user;
  const password = h("input", { type: "password", autocomplete: "current-password", maxlength: "200", id: `password-${order.id}` });
  const why = h("input", { maxlength: "200", id: `reason-${order.id}`, autocomplete: "off" });
  const told = refusal();
  const decide = async (approves) => {
    const body = approves ? { approves, ...(password.value && { password: password.value }) } : { approves, reason: why.value.trim() };
    const { status, body: answer } = await exchange(api(`orders/${order.id}/approval`), "POST", body);
    password.value = "";
    if (status === 201) { say(`${act(order)}: ${approves ? "approved" : "declined"}`); one(order.id); refresh(); return; }
    refuse(told, reason(answer, status));
  };
  const node = h("div", { class: "order-decision", "data-order": order.id },
    h("p", {}, `${order.selected_by} orders, `, left, order.purpose && h("span", { class: "muted" }, `, for ${order.purpose}`)),
    h("p", { class: "command-sentence" }, order.look_ahead.sentence), findings(order.look_ahead.findings) ?? "", told,
    mayDecide ? h("form", { onsubmit: (event) => { event.preventDefault(); } },
      h("label", { for: password.id }, "Your password, unless given here within 5 minutes", password),
      h("label", { for: why.id }, "Reason, to decline", why),
      h("div", { class: "choice" }, h("button", { type: "button", onclick: () => decide(false) }, "Decline"), h("button", { type: "button", class: "approve", onclick: () => decide(true) }, `${act(order)}: approve`)))
      : h("p", { class: "muted" }, order.selected_by === page.user ? "You have ordered it: somebody else decides." : "Your role does not approve orders."));
  return node;
}

async function one(id) {
  shown = id;
  try {
    const order = await get(api(`orders/${id}`));
    byId("order-one").replaceChildren(h("h2", {}, `Order ${order.id}: ${act(order)}`), h("p", {}, order.look_ahead.sentence), findings(order.look_ahead.findings) ?? "", progress(order), outcome(order));
  } catch (error) {
    byId("order-one").replaceChildren(h("p", {}, error.message));
  }
}

const again = () => { refresh(); if (shown) one(shown); };
byId("orders-status").addEventListener("change", () => { before = null; refresh(); });
byId("orders-newest").addEventListener("click", () => { before = null; refresh(); });
byId("orders-older").addEventListener("click", () => { before = last; refresh(); });
live.addEventListener("hint", ({ detail }) => detail.topic === "orders" && again());
live.addEventListener("hello", again);
setInterval(refresh, REFRESH_MS);
refresh();
