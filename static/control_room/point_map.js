import { api, exchange, reason } from "../js/api.js";
import { pageData } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";

const map = pageData("map-data");
const KINDS = [["refused", "Refused"], ["removed", "Removed"], ["changed", "Changed"], ["added", "Added"]];
const path = (act) => api(`telemetry/gateways/${map.id}/points/${act}`);
let chosen = null;
let newest = null;

const change = ([field, before, after]) => `${field}: ${before || "empty"} → ${after || "empty"}`;

function row(kind, label, one) {
  const why = kind === "refused" ? one.reason : (one.changes ?? []).map(change).join("; ");
  return h("tr", {}, h("td", {}, label), h("td", { class: "number" }, one.line ? String(one.line) : "–"), h("td", {}, one.name), h("td", { class: "address" }, one.address ?? ""), h("td", {}, why));
}

function show(found) {
  const rows = KINDS.flatMap(([kind, label]) => found[kind].map((one) => row(kind, label, one)));
  byId("map-rows").replaceChildren(...rows);
  const { added, changed, removed, refused } = found.counts;
  const changes = added + changed + removed;
  const words = `${added} added, ${changed} changed, ${removed} removed, ${found.unchanged} unchanged, ${refused} refused.`;
  const advice = refused ? "Correct the refused lines; nothing can be applied." : changes ? "Apply makes it so." : "The file is what is configured.";
  setText(byId("map-state"), `${words} ${advice}`);
  byId("map-apply").disabled = refused > 0 || changes === 0;
}

async function look(file) {
  newest = file;
  byId("map-apply").disabled = true;
  byId("map-rows").replaceChildren();
  setText(byId("map-state"), `Reading ${file.name}`);
  const text = await file.text();
  const { status, body } = await exchange(path("preview"), "POST", text, "text/csv");
  if (newest !== file) return;  // another file was chosen meanwhile
  if (status !== 200) {
    setText(byId("map-state"), reason(body, status));
    return;
  }
  chosen = { text, name: file.name, version: body.config_version };
  show(body);
}

async function apply() {
  byId("map-apply").disabled = true;
  const query = new URLSearchParams({ config_version: chosen.version, file_name: chosen.name });
  const { status, body } = await exchange(`${path("import")}?${query}`, "POST", chosen.text, "text/csv");
  if (status === 201) location.reload();
  else setText(byId("map-state"), reason(body, status));
}

byId("map-file").addEventListener("change", (event) => { if (event.target.files.length) look(event.target.files[0]); });
byId("map-apply").addEventListener("click", apply);
