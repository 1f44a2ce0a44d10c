/** A fan as small as a word: P10 to P90 as a band, P50 as a line, the peak as a dot. */
import { svg } from "../js/dom.js";
import { day } from "../js/format.js";

const [W, H, PAD] = [168, 32, 3];

export function spark(row) {
  const { spark: said, peak } = row;
  const known = said && said.p50.some(Number.isFinite);
  if (!known) return svg("svg", { class: "spark", width: W, height: H, role: "img", "aria-label": "not forecast yet" });
  const values = [...said.p10, ...said.p90].filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...values), Math.max(...values)];
  const x = (i) => (i / (said.p50.length - 1)) * W;
  const y = (v) => H - PAD - ((v - low) / (high - low || 1)) * (H - 2 * PAD);
  const point = (column) => (_, i) => (Number.isFinite(column[i]) ? `${x(i).toFixed(1)},${y(column[i]).toFixed(1)}` : null);
  const up = said.p90.map(point(said.p90)).filter(Boolean), down = said.p10.map(point(said.p10)).filter(Boolean).reverse();
  const children = [
    ...midnights(said).map((i) => svg("line", { class: "spark-day", x1: x(i), x2: x(i), y1: 0, y2: H })),
    svg("polygon", { class: "spark-band", points: [...up, ...down].join(" ") }),
    svg("polyline", { class: "spark-line", points: said.p50.map(point(said.p50)).filter(Boolean).join(" ") }),
  ];
  if (peak) {
    const at = (Date.parse(peak.at) - Date.parse(said.starts_at)) / 1000 / said.step_s;
    children.push(svg("circle", { class: "spark-peak", cx: x(at), cy: y(peak.p50), r: 2.5 }));
  }
  return svg("svg", { class: "spark", width: W, height: H, viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": "course of the next two days, P10 to P90" }, ...children);
}

/** Where the control room's days begin. */
function midnights({ starts_at: begin, step_s: step, p50 }) {
  const first = Date.parse(begin);
  return p50.flatMap((_, i) => (i && day(first + i * step * 1000) !== day(first + (i - 1) * step * 1000) ? [i] : []));
}
