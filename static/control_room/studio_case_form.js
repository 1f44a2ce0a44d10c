/** A new economic case: prefilled with what is known of the plant, or from a file of `storage_economics`. */
import { api, exchange, get, post, reason } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { choose } from "./studio_cases.js";

const dialog = byId("case-dialog");
let figures = [];

const plant = () => byId("plant").value;
const said = (text) => setText(byId("case-refusal"), text);
const input = (label, attributes = {}) => h("input", { type: "text", "aria-label": label, maxlength: 300, ...attributes });

function figureRow(one) {
  const value = input(one.words, { value: one.value === null ? "" : String(one.value), inputmode: "decimal", required: one.is_needed, size: 12 });
  const source = input(`Source of ${one.words}`, { value: one.source });
  value.dataset.name = source.dataset.source = one.name;
  return h("tr", {}, h("th", { scope: "row" }, one.words, one.is_needed ? " (needed)" : ""), h("td", {}, value), h("td", { class: "nowrap" }, one.unit), h("td", {}, source));
}

/** An empty row more as soon as the last one is begun. */
function growing(body, cells) {
  const row = () => {
    const made = h("tr", {}, ...cells().map((cell) => h("td", {}, cell)));
    made.addEventListener("input", () => { if (made === body.lastElementChild) body.append(row()); });
    return made;
  };
  body.replaceChildren(row());
}

const option = (one) => h("option", { value: one.name }, one.words);

async function open() {
  said("");
  const form = await get(api(plant() ? `storage/plants/${plant()}/case-form` : "storage/case-form"));
  figures = form.figures;
  byId("case-name").value = form.name;
  byId("case-currency").value = form.currency;
  byId("case-free").checked = !plant();
  byId("case-rows").replaceChildren(...figures.map(figureRow));
  growing(byId("case-added"), () => [input("At the start of year", { size: 6 }), input("Paid", { size: 12 }), input("Added, kWh", { size: 12 })]);
  growing(byId("case-scenarios"), () => [input("Scenario", { size: 24 }), h("select", { "aria-label": "Figure" }, ...figures.map(option)), input("Value", { size: 12 })]);
  dialog.showModal();
}

const rowsOf = (id) => [...byId(id).rows].map((row) => [...row.querySelectorAll("input, select")].map((one) => one.value.trim()));

function project() {
  const told = { ...(byId("case-currency").value.trim() ? { currency: byId("case-currency").value.trim().toUpperCase() } : {}) };
  for (const one of byId("case-rows").querySelectorAll("[data-name]")) if (one.value.trim()) told[one.dataset.name] = one.value.trim().replace(",", ".");
  const added = rowsOf("case-added").filter(([year]) => year).map(([year, cost, energy_kwh]) => ({ year, cost: cost || 0, energy_kwh: energy_kwh || 0 }));
  if (added.length) told.augmentations = added;
  for (const [scenario, name, value] of rowsOf("case-scenarios")) if (scenario) (told.scenarios ??= {})[scenario] = { ...told.scenarios?.[scenario], [name]: value };
  return told;
}

function sources(told) {
  const rows = [...byId("case-rows").querySelectorAll("[data-source]")];
  return Object.fromEntries(rows.filter((one) => one.value.trim() && one.dataset.source in told).map((one) => [one.dataset.source, one.value.trim()]));
}

const done = (made) => {
  dialog.close();
  choose(made.id);
  dispatchEvent(new Event("studio-changed"));
};

async function submit(event) {
  event.preventDefault();
  event.submitter.disabled = true;
  const told = project();
  try {
    done(await post(api("storage/cases"), { name: byId("case-name").value.trim(), plant: byId("case-free").checked ? null : plant(), project: told, source: byId("case-source").value.trim(), sources: sources(told) }));
  } catch (error) {
    said(error.message);
  }
  event.submitter.disabled = false;
}

async function sendFile() {
  const file = byId("case-file").files[0];
  if (!file) return;
  byId("case-file").value = "";
  const asked = new URLSearchParams({ name: byId("case-name").value.trim() || file.name, file: file.name, source: byId("case-source").value.trim() || file.name, ...(byId("case-free").checked ? {} : { plant: plant() }) });
  const { status, body } = await exchange(api(`storage/cases/file?${asked}`), "POST", await file.arrayBuffer(), "application/octet-stream");
  if (status === 201) done(body);
  else said(reason(body, status));
}

byId("new-case").addEventListener("click", () => open().catch((error) => setText(byId("studio-state"), error.message)));
byId("case-form").addEventListener("submit", submit);
byId("case-close").addEventListener("click", () => dialog.close());
byId("case-file").addEventListener("change", sendFile);
