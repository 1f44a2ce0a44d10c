import { svg } from "../js/dom.js";

/** Symbols around (0, 0) at size 1, flow from left to right; state is shown by filling, never by colour. */
const path = (d, attributes = {}) => svg("path", { d, ...attributes });
const circle = (cx, cy, r, attributes = {}) => svg("circle", { cx, cy, r, ...attributes });

const BODY = {
  Breaker: () => path("M-7-7h14v14h-14z", { class: "body" }),
  Recloser: () => path("M-7-7h14v14h-14z", { class: "body" }),
  LoadBreakSwitch: () => circle(0, 0, 7, { class: "body" }),
  Disconnector: () => path("M-7 0 0-7 7 0 0 7z", { class: "body" }),
  Fuse: () => path("M-7-4h14v8h-14z", { class: "body" }),
};

function switchShape(symbol) {
  return [
    path("M-11-11h22v22h-22z", { class: "off-normal" }),
    (BODY[symbol.class] ?? BODY.Breaker)(),
    path("M-7 7 7-7", { class: "between" }),
    svg("text", { class: "unknown", y: 4.5 }, "?"),
    ...(symbol.class === "Recloser" ? [svg("text", { class: "letter", y: 4.5 }, "R")] : []),
  ];
}

const EQUIPMENT = {
  EnergyConsumer: () => [path("M-6.5 5.5h13L0-7z", { class: "solid" })],
  PhotoVoltaicUnit: () => [path("M-7-5.5h14v11h-14zM-7 5.5 0-2 7 5.5", { class: "outline" })],
  PowerElectronicsWindUnit: () => [circle(0, 0, 7.5, { class: "outline" }), path("M0 0V-6M0 0l5.2 3M0 0l-5.2 3", { class: "outline" })],
  BatteryUnit: () => [path("M-7-3h14M-3.5 2h7M0-8v5M0 2v5", { class: "outline thick" })],
  EnergySource: () => [circle(0, 0, 9, { class: "outline" }), path("M-5.5 0c1.8-5 3.7-5 5.5 0s3.7 5 5.5 0", { class: "outline" })],
  LinearShuntCompensator: () => [path("M-7-2h14M-7 2h14M0 2v5", { class: "outline thick" })],
};
const generator = () => [circle(0, 0, 7.5, { class: "outline" }), svg("text", { class: "letter", y: 4 }, "G")];

const ROLE = {
  switch: switchShape,
  transformer: () => [circle(-5, 0, 8, { class: "outline" }), circle(5, 0, 8, { class: "outline" })],
  equipment: (symbol) => (EQUIPMENT[symbol.class] ?? generator)(),
  node: (symbol) => (symbol.station ? [circle(0, 0, 3, { class: "solid" })] : [path("M-2.5-9h5V9h-5z", { class: "solid" })]),
  neighbour: (symbol) => [path(symbol.upright ? "M-5-5 0 5 5-5z" : "M0-5 5 0 0 5-5 0z", { class: "outline" })],
  reference: () => [path("M-6-6h9l4 6-4 6h-9z", { class: "outline" })],
  end: () => [path("M0-5V5", { class: "outline thick" })],
};
/** What a pointer may hit, and where the focus is shown: half the width. */
const REACH = { switch: 12, transformer: 16, equipment: 9, node: 11, neighbour: 10, reference: 10, end: 6 };

export const reach = (symbol) => REACH[symbol.role];

/** Devices stand along their wire; what hangs on a node stands upright by itself. */
const turn = (symbol) => (symbol.upright && (symbol.role === "switch" || symbol.role === "transformer") ? 90 : 0);

export function shape(symbol) {
  const half = reach(symbol);
  const flipped = symbol.role === "equipment" && symbol.ends[0][1] < symbol.y ? " scale(1 -1)" : "";
  return svg("g", { transform: `scale(${symbol.scale})` },
    svg("rect", { class: "reach", x: -half, y: -half, width: 2 * half, height: 2 * half }),
    svg("g", { transform: `rotate(${turn(symbol)})${flipped}` }, ...ROLE[symbol.role](symbol)));
}

/** A triangle that points along the flow. */
export const arrow = (size) => path(`M${-size} ${-size}L${size} 0L${-size} ${size}z`, { class: "flow" });
