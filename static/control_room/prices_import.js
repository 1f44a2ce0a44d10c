import { api, exchange, reason } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { day, instant, minute, number } from "../js/format.js";

let chosen = null;
let newest = 0;

const at = (text) => `${day(instant(text))} ${minute(instant(text))}`;
const said = (text) => setText(byId("import-state"), text);

function query() {
  return new URLSearchParams({
    holds: byId("import-holds").value, zone: byId("import-zone").value.trim(), product: byId("import-product").value,
    is_archive: byId("import-archive").checked, name: byId("import-file").files[0]?.name ?? "upload",
  });
}

function seriesRow(one) {
  return h("tr", {}, h("td", {}, one.title), h("td", { class: "nowrap" }, `${at(one.starts_at)} to ${at(one.ends_at)}`),
    ...[one.new, one.changed, one.same, one.missing].map((count) => h("td", { class: "number" }, String(count))),
    h("td", { class: "number" }, `${number(one.lowest, "", 2)} to ${number(one.highest, "", 2)} ${one.unit}`));
}

function tariffRow(one) {
  return h("tr", {}, h("td", {}, `${one.name}, ${one.parts} parts`), h("td", {}, `${one.valid_from} to ${one.valid_to ?? "the next version"}`),
    h("td", { class: "number" }, one.is_known ? "0" : "1"), h("td", { class: "number" }, one.is_known ? "1" : "0"), h("td", {}), h("td", {}), h("td", {}));
}

function show(seen) {
  const rows = [...seen.series.map(seriesRow), ...seen.tariffs.map(tariffRow)];
  byId("import-problems").replaceChildren(...seen.problems.map((text) => h("li", { class: "problem" }, text)), ...seen.notes.map((text) => h("li", { class: "muted" }, text)));
  byId("import-rows").replaceChildren(...rows);
  byId("import-table").hidden = rows.length === 0;
  byId("import-confirm").disabled = seen.problems.length > 0;
  said(seen.problems.length ? `${seen.problems.length} problems: mend the file; nothing can be imported.` : "This is what the import would do. Nothing is changed yet.");
}

function clear() {
  chosen = null;
  byId("import-confirm").disabled = true;
  byId("import-problems").replaceChildren();
  byId("import-rows").replaceChildren();
  byId("import-table").hidden = true;
}

async function look() {
  const file = byId("import-file").files[0], asked = query();
  if (file && chosen?.file === file && String(chosen.asked) === String(asked)) return;  // a field was left as it was
  const mine = ++newest;
  clear();
  if (!file) return;
  said(`Reading ${file.name}`);
  const content = await file.arrayBuffer();
  const { status, body } = await exchange(api(`markets/imports?${asked}`), "POST", content, "application/octet-stream");
  if (mine !== newest) return;  // another file was chosen meanwhile
  if (status !== 200) { said(reason(body, status)); return; }
  chosen = { file, content, asked, sha256: body.sha256, name: file.name };
  show(body);
}

async function confirm() {
  const { content, asked, sha256, name } = chosen;
  byId("import-confirm").disabled = true;
  const { status, body } = await exchange(api(`markets/imports?${asked}&confirm=${sha256}`), "POST", content, "application/octet-stream");
  if (status !== 201) { said(reason(body, status)); return; }
  clear();
  byId("import-form").reset();
  said(body.outcome === "known" ? `${name}: every value was known; nothing was changed.` : `${name} is imported.`);
  dispatchEvent(new Event("prices-imported"));
}

for (const id of ["import-file", "import-holds", "import-zone", "import-product", "import-archive"]) byId(id).addEventListener("change", look);
byId("import-confirm").addEventListener("click", confirm);
byId("import-form").addEventListener("submit", (event) => event.preventDefault());
