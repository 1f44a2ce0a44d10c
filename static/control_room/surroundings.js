import { api, get } from "../js/api.js";
import { elementUrl } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { number } from "../js/format.js";
import { classWord } from "../js/names.js";
import { loadModel } from "./geometry.js";

const MOST = 60;
/** Where the sheet of each class stands, and which classes may hang on a node. */
const SHEETS = {
  Substation: "substations", Feeder: "feeders", ConnectivityNode: "nodes", ACLineSegment: "lines", PowerTransformer: "transformers",
  EnergySource: "sources", EnergyConsumer: "consumers", BatteryUnit: "batteries", LinearShuntCompensator: "shunts",
};
const SWITCHES = new Set(["Breaker", "Disconnector", "LoadBreakSwitch", "Fuse", "Recloser", "Switch"]);
const AT_NODE = ["consumers", "generators", "batteries", "sources", "shunts"];
const AT_NODE_WORD = { consumers: "Consumer", generators: "Generator", batteries: "Battery", sources: "Supply", shunts: "Capacitor" };
const UNITS = { kw: "kW", kvar: "kvar", kva: "kVA", kv: "kV", kwh: "kWh", km: "km", ohm: "Ω", us: "µS", a: "A", pu: "pu", deg: "°", percent: "%" };
const HIDDEN = new Set(["mrid", "name", "index", "from_node", "to_node", "high_node", "low_node", "node", "longitude", "latitude"]);

const NAMES = { rated_s_kva: "rated power", high_kv: "high voltage", low_kv: "low voltage", r_ohm: "resistance", x_ohm: "reactance", b_us: "susceptance", rated_a: "rated current" };

const sheetOf = (className) => SHEETS[className] ?? (SWITCHES.has(className) ? "switches" : "generators");

function field(key, value) {
  const last = key.split("_").at(-1);
  const unit = UNITS[last] ?? "";
  const name = NAMES[key] ?? (unit ? key.slice(0, -last.length - 1) : key).replaceAll("_", " ");
  const shown = typeof value === "number" ? number(value, unit, Number.isInteger(value) ? 0 : 3) : typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
  return h("tr", {}, h("th", { scope: "row" }, name.charAt(0).toUpperCase() + name.slice(1)), h("td", { class: "number" }, shown, h("span", { class: "unit" }, unit)));
}

const link = ({ mrid, name, word, note }) => h("li", {}, h("a", { class: "connected", href: elementUrl(mrid) }, h("b", {}, name), h("span", { class: "muted" }, [word, note].filter(Boolean).join(", "))));

function fromModel(model, element) {
  const ref = model.byMrid.get(element.mrid);
  const item = (other) => ({ mrid: model.mrid(other), name: model.name(other), word: classWord(model.className(other)) });
  if (ref) return model.connected(ref).map(item);
  const { transformers, lines, nodes } = model.doc;
  const all = (kind, column) => column.flatMap((value, index) => (value === element.name ? [item({ kind, index })] : []));
  if (element.class === "Substation") return [...all("transformers", transformers.substation), ...all("nodes", nodes.substation.map((name, i) => (nodes.is_busbar[i] ? name : "")))];
  if (element.class === "Feeder") return all("lines", lines.feeder);
  return [];
}

async function atNode(element) {
  if (element.class !== "ConnectivityNode") return [];
  const pages = await Promise.all(AT_NODE.map((kind) => get(api(`network/${kind}?node=${element.mrid}`)).then((page) => [kind, page.results], () => [kind, []])));
  return pages.flatMap(([kind, rows]) => rows.map((row) => ({ mrid: row.mrid, name: row.name, word: AT_NODE_WORD[kind], note: row.customers ? `${number(row.customers)} customers` : "" })));
}

/** What stands next to this element: one click to each. */
export async function drawConnected(element) {
  const box = byId("connected");
  try {
    const [model, here, sheet] = await Promise.all([loadModel(), atNode(element), get(api(`network/${sheetOf(element.class)}/${element.mrid}`)).catch(() => null)]);
    const node = sheet?.node && model.byMrid.get(sheet.node);
    const items = [...fromModel(model, element), ...(node ? [{ mrid: sheet.node, name: model.name(node), word: "Node" }] : []), ...here];
    setText(byId("connected-count"), String(items.length));
    const rest = items.length > MOST ? [h("li", { class: "empty" }, `${items.length - MOST} more`)] : [];
    box.replaceChildren(...items.slice(0, MOST).map(link), ...rest);
    if (!items.length) box.append(h("li", { class: "empty" }, "0 connected elements"));
    if (model.byMrid.has(element.mrid)) byId("show-on-map").hidden = false;
  } catch (error) {
    box.replaceChildren(h("li", { class: "empty" }, error.message));
  }
}

export async function drawSheet(element) {
  const box = byId("sheet");
  try {
    const sheet = await get(api(`network/${sheetOf(element.class)}/${element.mrid}`));
    const rows = Object.entries(sheet).filter(([key, value]) => !HIDDEN.has(key) && value !== null && value !== "");
    box.replaceChildren(...rows.map(([key, value]) => field(key, value)));
  } catch (error) {
    box.replaceChildren(h("tr", {}, h("td", { class: "muted" }, error.message)));
  }
}
