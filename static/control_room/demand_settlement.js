/** Months of money by program, their lines with reasons, approval by one and the end by another. */
import { api, get, post } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { day, isKnown, minute, number } from "../js/format.js";

const SEARCH_MS = 250, MOST = 300, UNSETTLED = "not settled";
const ACTS = { approve: ["open", "approval"], reopen: ["approved", "reopening"], finalise: ["approved", "finalisation"] };
let chosen = null, timer = null, ticket = 0;

const cell = (text) => h("td", { class: "number" }, text);
const at = (text) => `${day(Date.parse(text))} ${minute(Date.parse(text))}`;
const name = (one) => `${one.month.slice(0, 7)}, ${one.program_title}`;
const who = (person, when) => (when ? `${person}, ${at(when)}` : "");

async function drawMonths() {
  const { months } = await get(api("demand/settlement"));
  byId("months-empty").hidden = Boolean(months.length);
  setText(byId("verdict"), months.length ? `${months.filter((one) => one.status !== "final").length} of ${months.length} months are not final` : "");
  byId("months").replaceChildren(...months.map((one) => {
    const open = h("button", { type: "button" }, name(one));
    open.addEventListener("click", () => choose(one.id));
    return h("tr", { "aria-current": String(one.id === chosen) }, h("th", { scope: "row" }, open), h("td", {}, one.status_words), cell(one.customers), cell(one.lines), cell(one.unsettled), cell(isKnown(one.amount_eur) ? number(one.amount_eur, "", 2) : UNSETTLED), h("td", {}, who(one.approved_by, one.approved_at)), h("td", {}, who(one.final_by, one.final_at)));
  }));
  if (chosen === null && months.length) await choose(months[0].id);
}

const choose = (id) => { chosen = id; return Promise.all([drawLines(), mark()]).catch(failed); };
async function mark() {
  for (const row of byId("months").rows) row.setAttribute("aria-current", "false");
  await drawMonths();
}

async function drawLines(after = 0) {
  const mine = ++ticket, month = chosen;
  const asked = new URLSearchParams({ search: byId("search").value.trim(), unsettled: byId("unsettled").checked, after });
  const told = await get(api(`demand/settlement/${month}?${asked}`));
  if (mine !== ticket) return;
  byId("lines-panel").hidden = false;
  setText(byId("lines-title"), `Lines of ${name(told.month)}`);
  setText(byId("kinds"), Object.entries(told.month.by_kind).map(([kind, eur]) => `${kind}: ${number(eur, "", 2)} EUR`).join(", "));
  byId("file").href = api(`demand/settlement/${month}/lines.csv`);
  byId("statements").href = `/demand/settlement/${month}/statement/`;
  for (const [act, [status]] of Object.entries(ACTS)) byId(act).hidden = told.month.status !== status || Boolean(config?.past);
  const rows = told.lines.map((one) => line(one, month));
  if (after) byId("lines").append(...rows); else byId("lines").replaceChildren(...rows);
  byId("lines-empty").hidden = Boolean(after || rows.length);
  byId("more").hidden = told.lines.length < MOST;
  byId("more").onclick = () => drawLines(told.lines.at(-1).id).catch(failed);
}

const line = (one, month) => h("tr", {},
  h("th", { scope: "row" }, one.reference, one.name ? h("span", { class: "reason" }, one.name) : ""),
  h("td", { class: "nowrap" }, one.call ? h("a", { href: `/demand/evaluation/${one.call}/` }, at(one.event_at)) : ""), h("td", {}, one.kind_words),
  cell(isKnown(one.quantity) ? number(one.quantity, "", 2) : UNSETTLED), h("td", {}, one.unit), cell(number(one.rate_eur, "", 2)),
  cell(isKnown(one.amount_eur) ? number(one.amount_eur, "", 2) : UNSETTLED), h("td", {}, one.reason),
  h("td", {}, h("a", { href: `/demand/settlement/${month}/statement/?enrolment=${one.enrolment}`, target: "_blank" }, "Statement")));

function failed(error) { setText(byId("verdict"), error.message); }

for (const [act, [, path]] of Object.entries(ACTS)) byId(act).addEventListener("click", () => post(api(`demand/settlement/${chosen}/${path}`), {}).then(() => choose(chosen)).catch(failed));
byId("search").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => chosen && drawLines().catch(failed), SEARCH_MS); });
byId("unsettled").addEventListener("change", () => chosen && drawLines().catch(failed));
drawMonths().catch(failed);
