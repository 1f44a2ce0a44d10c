/** What the grid is run for: values of the version that counts, another set on top of it, and who honours what. */
import { api, get, post } from "../js/api.js";
import { byId, h, say, setText } from "../js/dom.js";
import { day, instant, minute, number } from "../js/format.js";

const maySet = byId("objectives").dataset.maySet === "yes", EMPTY = "each desk’s own";
let told = null;

const shown = (value, unit) => (value === null ? EMPTY : `${number(value, "", Number.isInteger(value) ? 0 : 3)}${unit ? ` ${unit}` : ""}`);
const input = (field) => byId(`field-${field}`);

function valueCell(field, value) {
  if (!maySet) return h("td", {}, shown(value, ""));
  return h("td", {}, h("input", { id: `field-${field.field}`, type: "number", step: "any", min: String(field.low), max: String(field.high), value: value === null ? "" : String(value), placeholder: field.may_be_empty ? "own" : "", required: !field.may_be_empty, "aria-label": field.label }));
}

function valueRow(field) {
  const value = told.active.values[field.field];
  return h("tr", { class: value === field.default ? null : "moved" }, h("th", { scope: "row" }, field.label), valueCell(field, value), h("td", {}, field.unit || (field.is_weight ? "weight" : "")), h("td", { class: "number" }, shown(field.default, "")), h("td", {}, field.words));
}

const change = (one) => h("div", {}, `${one.label}: ${shown(one.before, "")} → ${shown(one.after, one.unit)}`);

function versionRow(one) {
  return h("tr", {}, h("td", { class: "number" }, `${one.version}${one.is_active ? " (counts)" : ""}`), h("td", {}, `${day(instant(one.set_at))} ${minute(instant(one.set_at))}, ${one.set_by}`), h("td", {}, ...one.changes.map(change)), h("td", {}, one.reason));
}

function deskRows(desk) {
  if (!desk.honours.length) return [h("tr", {}, h("th", { scope: "row" }, desk.label), h("td", { class: "muted" }, "none"), h("td", {}, desk.reason))];
  return desk.honours.map((one, at) => h("tr", {}, h("th", { scope: "row" }, at === 0 ? desk.label : ""), h("td", {}, one.label), h("td", {}, one.words)));
}

function draw() {
  const { active, versions, fields, desks } = told;
  setText(byId("verdict"), active.version ? `Version ${active.version}, set by ${active.set_by}: ${active.reason}` : active.reason);
  byId("values").replaceChildren(...fields.map(valueRow));
  byId("versions").replaceChildren(...(versions.length ? versions.map(versionRow) : [h("tr", {}, h("td", { colspan: "4", class: "empty" }, "Nobody has set any yet."))]));
  byId("desks").replaceChildren(...desks.flatMap(deskRows));
}

async function refresh() {
  try {
    told = await get(api("objectives"));
    draw();
  } catch (error) {
    setText(byId("refusal"), error.message);
  }
}

/** Only what was changed is sent, so that nothing else is set by being on the screen. */
function changed() {
  const found = {};
  for (const { field } of told.fields) {
    const text = input(field).value.trim(), value = text === "" ? null : Number(text);
    if (value !== told.active.values[field]) found[field] = value;
  }
  return found;
}

byId("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!maySet) return;
  setText(byId("refusal"), "");
  try {
    const made = await post(api("objectives"), { replaces: told.active.version, reason: byId("reason").value, values: changed() });
    say(`Version ${made.version} counts now.`);
    byId("reason").value = "";
    await refresh();
  } catch (error) {
    setText(byId("refusal"), error.message);
  }
});
refresh();
