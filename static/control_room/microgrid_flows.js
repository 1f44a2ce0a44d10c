/** A microgrid as a picture: grid, coupling breaker, bar, and what gives and draws, with the way that power goes. */
import { svg } from "../js/dom.js";
import { number } from "../js/format.js";
import { NOTHING, couplingWord, known, kw, kwh } from "./microgrid_words.js";

const WIDTH = 900, ROW = 62, TOP = 20, GRID_X = 16, GRID_W = 190, BREAKER_X = 290, BAR_X = 420, WIRE_X = 560, BOX_W = 330;
const REST_KW = 0.05;
const text = (x, y, words, kind = "", anchor = "start") => svg("text", { x, y, class: kind, "text-anchor": anchor }, words);

/** sources: what a bar's rows show; `kw` is into the island. */
function rowsOf(page) {
  const of = (kind) => page.members.filter((one) => one.kind === kind);
  const rows = [];
  const batteries = of("storage"), generators = of("generator"), plants = of("renewable");
  if (batteries.length) rows.push({ name: named(batteries, "batteries"), kw: page.generation_kw.storage, note: `${kwh(page.soc_kwh)} of ${kwh(page.capacity_kwh)} kWh`, parts: batteries });
  if (generators.length) rows.push({ name: named(generators, "generators"), kw: page.generation_kw.generator, note: fuelNote(page, generators), parts: generators });
  if (plants.length) rows.push({ name: named(plants, "plants of sun and wind"), kw: page.generation_kw.renewable, note: "sun and wind", parts: plants });
  for (const load of page.load_kw.filter((one) => one.count)) {
    rows.push({ name: `${load.label} loads`, kw: known(load.kw) ? -load.kw : null, note: `${load.count} of priority ${load.priority}${load.is_cut ? "; some are CUT" : ""}`, isCut: load.is_cut, parts: of("load").filter((one) => one.priority === load.priority) });
  }
  return rows;
}

const named = (parts, many) => (parts.length === 1 ? parts[0].name : `${parts.length} ${many}`);

function fuelNote(page, generators) {
  const runs = generators.filter((one) => one.running).length, unknown = generators.some((one) => one.running === null);
  return `${runs ? "runs" : unknown ? "not known whether it runs" : "rests"}, fuel ${kwh(page.fuel_kwh)} kWh`;
}

function arrow(x, y, value) {
  if (!known(value) || Math.abs(value) < REST_KW) return "";
  const d = value > 0 ? -9 : 9;  // into the island: to the bar, on the left
  return svg("polygon", { class: "arrow", points: `${x + d},${y} ${x - d},${y - 7} ${x - d},${y + 7}` });
}

const stateOf = (value) => (known(value) ? "live" : "unknown");
const isInferred = (parts) => parts.some((one) => one.p_kw.known !== "measured");

function memberRow(row, at, alive) {
  const y = TOP + ROW * at + ROW / 2, middle = (BAR_X + WIRE_X) / 2;
  const state = row.isCut && Math.abs(row.kw ?? 0) < REST_KW ? "dead" : alive ? stateOf(row.kw) : "dead";
  const shown = known(row.kw) ? `${kw(Math.abs(row.kw))} kW` : NOTHING;
  return svg("g", {},
    svg("line", { class: "wire", "data-state": state, x1: BAR_X, y1: y, x2: WIRE_X, y2: y }), arrow(middle, y, row.kw),
    text(middle, y - 12, shown, `value live-value${isInferred(row.parts) ? " inferred" : ""}`, "middle"),
    svg("rect", { class: "box", x: WIRE_X, y: y - 25, width: BOX_W, height: 50 }),
    text(WIRE_X + 10, y - 4, row.name), text(WIRE_X + 10, y + 16, row.note, "small"));
}

function gridSide(page, y) {
  const { readings } = page, closed = page.coupling_closed, value = page.exchange_kw;
  const state = closed === false ? "open" : closed ? "closed" : "unknown";
  const volts = readings.grid_voltage_pu.value, hz = readings.grid_frequency_hz.value;
  const shown = known(value) ? `${kw(Math.abs(value))} kW` : NOTHING;
  return svg("g", {},
    svg("rect", { class: "box", x: GRID_X, y: y - 34, width: GRID_W, height: 68 }),
    text(GRID_X + 10, y - 10, "Grid"), text(GRID_X + 10, y + 10, `${number(volts, "pu", 3)} pu`, "small"), text(GRID_X + 10, y + 27, `${number(hz, "Hz", 2)} Hz`, "small"),
    svg("line", { class: "wire", x1: GRID_X + GRID_W, y1: y, x2: BREAKER_X - 13, y2: y }),
    svg("rect", { class: "breaker", "data-state": state, x: BREAKER_X - 13, y: y - 13, width: 26, height: 26 }),
    svg("line", { class: "wire", "data-state": page.is_alone && !isAlive(page) ? "dead" : "live", x1: BREAKER_X + 13, y1: y, x2: BAR_X, y2: y }),
    text(BREAKER_X, y + 36, couplingWord(closed), "value", "middle"), text(BREAKER_X, y + 54, page.coupling.name ?? "", "small", "middle"),
    closed === false ? "" : arrow((BREAKER_X + BAR_X) / 2 + 6, y, known(value) ? -value : value),
    text((BREAKER_X + BAR_X) / 2 + 6, y - 14, closed === false ? "" : shown, `value live-value${readings.exchange_kw.known === "measured" ? "" : " inferred"}`, "middle"));
}

/** Alone it has voltage only where its own instruments say so. */
export function isAlive(page) {
  if (!page.is_alone) return true;
  return (page.voltage_pu ?? 0) > 0.5 || (page.frequency_hz ?? 0) > 45;
}

export function flowDiagram(page) {
  const rows = rowsOf(page), height = 2 * TOP + ROW * Math.max(rows.length, 3), alive = isAlive(page);
  const label = `${page.coupling.name ?? "Coupling"} ${couplingWord(page.coupling_closed)}, exchange ${kw(page.exchange_kw)} kW. ${rows.map((row) => `${row.name}: ${kw(row.kw)} kW`).join(". ")}.`;
  return svg("svg", { class: "flow-diagram", viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": label },
    gridSide(page, height / 2), svg("line", { class: "bar", "data-state": alive ? "live" : "dead", x1: BAR_X, y1: TOP, x2: BAR_X, y2: height - TOP }),
    text(BAR_X - 8, TOP + 14, known(page.frequency_hz) ? `${number(page.frequency_hz, "Hz", 2)} Hz` : "", "value live-value", "end"),
    text(BAR_X - 8, TOP + 34, known(page.voltage_pu) ? `${number(page.voltage_pu, "pu", 3)} pu` : "", "value live-value", "end"),
    ...rows.map((row, at) => memberRow(row, at, alive)));
}
