/** Devices that an advisory speaks of, and the files that say so. */
import { api, exchange, get, reason } from "../js/api.js";
import { elementUrl } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { isKnown, number } from "../js/format.js";

const MOST_SHOWN = 200, UNKNOWN = "not known";
const cell = (value, decimals) => h("td", { class: "number" }, number(value, "", decimals));
const product = (one) => `${one.vendor} ${one.product}`;
const device = (one) => (one.equipment_mrid ? h("a", { href: elementUrl(one.equipment_mrid) }, one.device) : one.device);

function row(one) {
  return h("tr", {}, cell(one.rank, 1), h("th", { scope: "row", title: one.title }, `${one.identifier} ${one.title.slice(0, 60)}`), h("td", {}, device(one)), h("td", {}, product(one)), h("td", {}, one.version ?? UNKNOWN), h("td", {}, one.certainty_label),
    cell(one.cvss, 1), h("td", {}, one.is_exploited ? "yes" : "not listed"), h("td", {}, one.zone_label), cell(isKnown(one.load_share) ? 100 * one.load_share : null, 0), h("td", { title: one.remedy }, one.remedy.slice(0, 80)));
}

async function refresh() {
  const told = await get(api("vulnerabilities"));
  setText(byId("weak-words"), `${told.devices} devices, ${told.advisories} advisories; rank is CVSS times exposure of the zone times load controlled`);
  byId("weak").replaceChildren(...told.vulnerabilities.slice(0, MOST_SHOWN).map(row));
  byId("weak-empty").hidden = told.vulnerabilities.length > 0;
  setText(byId("weak-empty"), told.devices && told.advisories ? "No advisory speaks of a device that is known here." : "Hand in the devices and the advisories: nothing can be said before.");
}

async function hand(input, path) {
  const [file] = input.files;
  if (!file) return;
  setText(byId("files-state"), `${file.name} is being read`);
  const { status, body } = await exchange(api(`${path}?name=${encodeURIComponent(file.name.slice(0, 200))}`), "POST", await file.arrayBuffer(), "application/octet-stream");
  const taken = body.areas ? `${body.areas.length} areas hold now or will` : `${body.added} added, ${body.changed} changed`;
  setText(byId("files-state"), status === 201 ? `${file.name}: ${taken}` : reason(body, status));
  input.value = "";
  await refresh();
}

for (const [id, path] of [["devices-file", "devices"], ["advisories-file", "advisories"], ["areas-file", "hazard-areas"]]) byId(id).addEventListener("change", (event) => hand(event.target, path));
await refresh();
