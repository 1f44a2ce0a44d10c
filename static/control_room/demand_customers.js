import { api, get } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { number } from "../js/format.js";
import { showCustomer } from "./demand_customer.js";
import { customerRow } from "./demand_words.js";

const AT_ONCE = 100, PATIENCE_MS = 250;
const asked = new URLSearchParams(location.search);
let offset = 0, newest = 0, chosen = Number(asked.get("customer")) || null, timer = 0;

const query = () => ({ search: byId("search").value.trim(), program: byId("program").value, status: byId("status").value });
const filled = (fields) => new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== ""));

function row(one) {
  const button = h("button", { type: "button", class: "quiet", onclick: () => choose(one.id) }, one.reference);
  return h("tr", { "aria-selected": String(one.id === chosen) }, ...customerRow(one, button));
}

async function choose(id) {
  chosen = id;
  try {
    await showCustomer(id, refresh);
    setText(byId("one-state"), "");
  } catch (error) {
    setText(byId("one-state"), error.message);
  }
  await refresh();
}

export async function refresh() {
  const mine = ++newest;
  byId("export").href = `${api("demand/customers.csv")}?${filled(query())}`;
  try {
    const found = await get(api(`demand/customers?${filled({ ...query(), offset, limit: AT_ONCE })}`));
    if (mine !== newest) return;
    byId("customers").replaceChildren(...found.customers.map(row));
    byId("customers-empty").hidden = found.count > 0;
    setText(byId("customers-state"), number(found.count, "", 0));
    setText(byId("span"), found.count ? `${offset + 1} to ${offset + found.customers.length} of ${number(found.count, "", 0)}` : "");
    byId("before").disabled = offset === 0;
    byId("after").disabled = offset + AT_ONCE >= found.count;
  } catch (error) {
    if (mine === newest) setText(byId("customers-state"), error.message);
  }
}

async function fillPrograms() {
  const found = await get(api("demand/programs"));
  const option = (one) => h("option", { value: one.id }, one.title);
  byId("program").append(...found.map(option));
  byId("import-program")?.append(...found.map(option));
  byId("program").value = asked.get("program") ?? "";
  if (byId("import-program")) byId("import-program").value = asked.get("program") ?? "";
}

function again() {
  offset = 0;
  clearTimeout(timer);
  timer = setTimeout(refresh, PATIENCE_MS);
}

function turn(step) {
  offset = Math.max(0, offset + step * AT_ONCE);
  refresh();
}

for (const id of ["search", "program", "status"]) byId(id).addEventListener("input", again);
byId("filter").addEventListener("submit", (event) => { event.preventDefault(); again(); });
byId("before").addEventListener("click", () => turn(-1));
byId("after").addEventListener("click", () => turn(1));
addEventListener("customers-imported", refresh);
fillPrograms().then(refresh).catch((error) => setText(byId("customers-state"), error.message));
if (chosen) choose(chosen);
