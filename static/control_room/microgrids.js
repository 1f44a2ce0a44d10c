/** All microgrids as they stand, and a form to define one behind a coupling switch. */
import { api, exchange, get, reason } from "../js/api.js";
import { byId, h, say, setText } from "../js/dom.js";
import { instant, number, time } from "../js/format.js";
import { live } from "../js/live.js";
import { couplingWord, exchangeWord, hoursOf, known, kw, kwh, microgridUrl } from "./microgrid_words.js";

const AGAIN_MS = 5000, SHOWN = 20, OK = 200, CREATED = 201;
let ticket = 0, soon = null;

function verdict(rows) {
  if (!rows.length) return "There is no microgrid yet.";
  const count = (test) => rows.filter(test).length;
  const alone = count((one) => one.is_alone), unknown = count((one) => !known(one.is_alone)), remarked = count((one) => one.remarks.length);
  const whole = alone ? `${alone} of ${rows.length} stand${alone === 1 ? "s" : ""} alone` : rows.length === 1 ? "It stands with the grid" : `None of ${rows.length} stands alone`;
  return `${[unknown === rows.length ? "Nobody tells how they stand" : whole, unknown && unknown < rows.length ? `${unknown} not known` : "", remarked ? `${remarked} with something to know` : ""].filter(Boolean).join("; ")}.`;
}

const load = (one, priority) => one.load_kw.find((row) => row.priority === priority);
const loadCell = (told) => h("td", { class: "number" }, kw(told.kw), told.is_cut ? h("span", { class: "grave" }, " cut") : "");

function hours(one, priority) {
  const told = one.hours_alone;
  if (!told) return h("td", { class: "number muted small" }, "not worked out yet");
  const shown = hoursOf(told.by_priority[priority]);
  return h("td", { class: "number", title: told.reason || `worked out ${time(instant(told.as_of))}` }, shown);
}

function row(one) {
  const share = known(one.soc_kwh) && one.capacity_kwh ? `${number((100 * one.soc_kwh) / one.capacity_kwh, "%", 0)} %, ` : "";
  return h("tr", { "data-active": one.is_active ? "yes" : "no" },
    h("th", { scope: "row" }, h("a", { href: microgridUrl(one.mrid) }, one.name), one.is_active ? "" : h("span", { class: "small muted" }, " switched off")),
    h("td", { class: one.is_alone ? "strong" : "" }, one.mode_label), h("td", { class: one.coupling_closed === false ? "strong" : "" }, couplingWord(one.coupling_closed)),
    h("td", { class: "number" }, kw(one.exchange_kw), " ", h("span", { class: "small muted" }, exchangeWord(one.exchange_kw))),
    h("td", {}, `${share}${kwh(one.soc_kwh)} of ${kwh(one.capacity_kwh)} kWh`), h("td", { class: "number" }, kwh(one.fuel_kwh)),
    ...[1, 2, 3].map((priority) => loadCell(load(one, priority))), hours(one, "1"), hours(one, "3"),
    h("td", { class: "number" }, number(one.customers, "", 0)),
    h("td", { class: "remarks" }, one.remarks.length ? h("ul", {}, ...one.remarks.map((text) => h("li", {}, text))) : h("span", { class: "muted" }, "nothing")));
}

async function refresh() {
  const mine = ++ticket;
  try {
    const told = await get(api("microgrids"));
    if (mine !== ticket) return;
    byId("rows").replaceChildren(...told.microgrids.map(row));
    byId("rows-empty").hidden = told.microgrids.length > 0;
    setText(byId("verdict"), verdict(told.microgrids.filter((one) => one.is_active)));
    setText(byId("state"), `as of ${time(instant(told.as_of))}`);
    setText(byId("page-fault"), "");
  } catch (error) {
    if (mine === ticket) setText(byId("page-fault"), error.message);
  }
}

/** A switch by the name that was typed; the list under the field holds what was found. */
const found = new Map();

async function lookUp() {
  const text = byId("define-form").elements.switch.value.trim();
  if (text.length < 2) return;
  const results = await get(api(`network/search?${new URLSearchParams({ q: text })}`)).catch(() => []);
  const switches = results.filter(({ class: kind }) => ["Breaker", "Recloser", "LoadBreakSwitch", "Disconnector"].includes(kind)).slice(0, SHOWN);
  switches.forEach(({ mrid, name }) => found.set(name, mrid));
  byId("switches").replaceChildren(...switches.map(({ name, path }) => h("option", { value: name }, path)));
}

async function switchMrid() {
  const text = byId("define-form").elements.switch.value.trim();
  if (!found.has(text)) await lookUp();
  return found.get(text) ?? text;
}

const memberRow = (one) => h("tr", {}, h("th", { scope: "row" }, one.name), h("td", {}, one.kind_label), h("td", {}, known(one.priority) ? String(one.priority) : ""),
  h("td", { class: "number" }, kw(one.rated_kw)), h("td", { class: "number" }, known(one.capacity_kwh) ? kwh(one.capacity_kwh) : ""), h("td", { class: "number" }, one.customers ? number(one.customers, "", 0) : ""));

async function preview() {
  const { status, body } = await exchange(api("microgrids/preview"), "POST", { coupling_switch_mrid: await switchMrid() });
  const good = status === OK;
  byId("preview-table").hidden = !good;
  byId("preview-rows").replaceChildren(...(good ? body.members.map(memberRow) : []));
  setText(byId("define-outcome"), good ? `${body.members.length} members, ${number(body.customers, "", 0)} customers.` : reason(body, status));
}

async function define(event) {
  event.preventDefault();
  const { name, note } = byId("define-form").elements;
  const { status, body } = await exchange(api("microgrids"), "POST", { name: name.value, note: note.value, coupling_switch_mrid: await switchMrid() });
  if (status !== CREATED) return setText(byId("define-outcome"), reason(body, status));
  say(`${body.name} is defined.`);
  open(false);
  return refresh();
}

function open(shown) {
  byId("defining").hidden = !shown;
  if (shown) byId("define-form").elements.name.focus();
  else byId("define-form").reset();
  byId("preview-table").hidden = true;
  setText(byId("define-outcome"), "");
}

byId("define")?.addEventListener("click", () => open(byId("defining").hidden));
byId("define-cancel")?.addEventListener("click", () => open(false));
byId("preview")?.addEventListener("click", preview);
byId("define-form")?.addEventListener("submit", define);
byId("define-form")?.elements.switch.addEventListener("input", () => { clearTimeout(soon); soon = setTimeout(lookUp, 250); });
live.addEventListener("hint", ({ detail }) => ["microgrids", "orders"].includes(detail.topic) && !document.hidden && refresh());
setInterval(() => !document.hidden && refresh(), AGAIN_MS);
refresh();
