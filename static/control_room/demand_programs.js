import { api, get } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { day, instant, minute, number } from "../js/format.js";
import { live } from "../js/live.js";
import { openForm } from "./demand_program_form.js";
import { CALLS, MONTHS, OBJECTIVES, WEEKDAYS, phase, seasonOf } from "./demand_words.js";

const REFRESH_MS = 60_000;
const today = () => day(live.now());
let [year, month] = today().split("-").map(Number);

const count = (value) => h("td", { class: "number" }, number(value, "", 0));

function row(one) {
  const link = h("a", { href: `/demand/programs/${one.id}/` }, one.title);
  const waits = one.without_identity ? h("span", { class: "reason" }, `${one.without_identity} without an identity`) : null;
  return h("tr", {}, h("th", { scope: "row" }, link, one.description && h("span", { class: "reason" }, one.description)), h("td", {}, OBJECTIVES[one.objective]),
    h("td", {}, phase(one.is_active ? "active" : "inactive", one.is_active ? "Active" : "Not active")),
    h("td", { class: "number" }, number(one.enrolments.enrolled, "", 0), waits), count(one.enrolments.invited), count(one.enrolments.paused),
    h("td", { class: "number" }, number(one.enrolled_kw, "", 1)), h("td", {}, seasonOf(one)));
}

async function showPrograms() {
  const found = await get(api("demand/programs"));
  byId("programs").replaceChildren(...found.map(row));
  byId("programs-empty").hidden = found.length > 0;
  setText(byId("programs-state"), found.length ? `${found.length}` : "");
}

/** Days of the month, the first under its weekday; what is before and after stays empty. */
function cells(found) {
  const first = (new Date(Date.UTC(found.year, found.month - 1, 1)).getUTCDay() + 6) % 7;
  const length = new Date(Date.UTC(found.year, found.month, 0)).getUTCDate();
  const byDay = Map.groupBy(found.calls, (call) => day(instant(call.starts_at)));
  const blank = Array.from({ length: first }, () => h("div", {}));
  const days = Array.from({ length }, (_, n) => {
    const name = `${found.year}-${String(found.month).padStart(2, "0")}-${String(n + 1).padStart(2, "0")}`;
    return h("div", { "data-today": name === today() }, h("b", {}, String(n + 1)), ...(byDay.get(name) ?? []).map(callLink));
  });
  const after = Array.from({ length: (7 - ((first + length) % 7)) % 7 }, () => h("div", {}));
  return [...WEEKDAYS.map((name) => h("div", { class: "weekday" }, name)), ...blank, ...days, ...after];
}

function callLink(call) {
  const from = minute(instant(call.starts_at)), words = `${from} to ${minute(instant(call.ends_at))}, ${call.program_title}, ${CALLS[call.status] ?? call.status}, ${call.customers} customers, ${number(call.expected_kw_p50, "", 0)} kW expected`;
  return h("a", { href: `/demand/calls/${call.id}/`, title: words, "aria-label": words }, `${from} ${call.program_title}`);
}

async function showMonth() {
  const asked = [year, month];
  const found = await get(api(`demand/calendar?${new URLSearchParams({ year, month })}`));
  if (asked[0] !== year || asked[1] !== month) return;
  setText(byId("month-name"), `${MONTHS[month - 1]} ${year}`);
  byId("month").replaceChildren(...cells(found));
  byId("month-empty").hidden = found.calls.length > 0;
}

function turn(step) {
  const at = new Date(Date.UTC(year, month - 1 + step, 1));
  [year, month] = [at.getUTCFullYear(), at.getUTCMonth() + 1];
  refresh();
}

async function refresh() {
  try {
    await Promise.all([showPrograms(), showMonth()]);
  } catch (error) {
    setText(byId("programs-state"), error.message);
  }
}

byId("month-before").addEventListener("click", () => turn(-1));
byId("month-after").addEventListener("click", () => turn(1));
byId("new-program")?.addEventListener("click", () => openForm(null, (made) => { location.href = `/demand/programs/${made.id}/`; }).catch((error) => setText(byId("programs-state"), error.message)));
if (!config.past) setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
refresh();
