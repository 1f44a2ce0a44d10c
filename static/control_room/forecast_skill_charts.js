/** Pictures of skill: levels that hold lie on the diagonal; bars by lead; a line by day. */
import { h, svg } from "../js/dom.js";
import { number } from "../js/format.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { colours } from "./colours.js";
import { percent } from "./forecast_words.js";

const SIDE = 260, EDGE = 34;
const TOLERANCE = 0.03;
const LEAST_STEPS = { level: 672, lead: 96 };  // fewer quarter hours prove nothing

function text(x, y, words, anchor = "middle", name = null) {
  const element = svg("text", { x, y, "text-anchor": anchor, ...(name ? { class: name } : {}) });
  element.textContent = words;
  return element;
}

const nothing = (box, words) => box.replaceChildren(h("p", { class: "small muted" }, words));

export function drawLevels(box, { reliability, sample }) {
  const known = reliability.filter(({ observed, steps }) => observed !== null && steps >= LEAST_STEPS.level);
  if (!known.length) return nothing(box, `Drawn as soon as ${LEAST_STEPS.level} forecast quarter hours have met their values; ${reliability[0]?.steps ?? 0} have.`);
  const at = (share) => EDGE + share * (SIDE - EDGE - 10);
  const y = (share) => SIDE - at(share);
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const off = known.map(({ nominal, observed }) => observed - nominal).reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
  const picture = svg("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, role: "img", "aria-label": known.map(({ nominal, observed }) => `P${Math.round(nominal * 100)}: ${percent(observed)} below`).join(", ") },
    svg("polygon", { class: "corridor", points: [[0, TOLERANCE], [1 - TOLERANCE, 1], [1, 1], [1, 1 - TOLERANCE], [TOLERANCE, 0], [0, 0]].map(([a, b]) => `${at(a)},${y(b)}`).join(" ") }),
    ...ticks.flatMap((share) => [svg("line", { class: "grid", x1: at(share), x2: at(share), y1: y(0), y2: y(1) }), svg("line", { class: "grid", x1: at(0), x2: at(1), y1: y(share), y2: y(share) }), text(at(share), SIDE - EDGE + 16, `${share * 100}`), text(EDGE - 6, y(share) + 4, `${share * 100}`, "end")]),
    svg("line", { class: "ideal", x1: at(0), y1: y(0), x2: at(1), y2: y(1) }),
    svg("polyline", { class: "level-line", points: known.map(({ nominal, observed }) => `${at(nominal)},${y(observed)}`).join(" ") }),
    ...known.map(({ nominal, observed }) => svg("circle", { class: "level-dot", cx: at(nominal), cy: y(observed), r: 4 })),
    text((at(0) + at(1)) / 2, SIDE - 4, "level, percent"));
  return box.replaceChildren(picture, h("p", { class: "small muted" }, `Values that lay below each level, percent. On the dashed line they hold; farthest off: ${number(Math.abs(100 * off), "", 1)} points ${off > 0 ? "above" : "below"}. Of ${sample.length} series with the most power.`));
}

export function drawLeads(box, { by_lead: rows }) {
  const known = rows.filter(({ steps }) => steps >= LEAST_STEPS.lead);
  if (!known.length) return nothing(box, `Drawn as soon as ${LEAST_STEPS.lead} forecast quarter hours of a lead have met their values.`);
  const most = Math.max(...known.flatMap(({ issuers }) => issuers.map(({ nmae }) => nmae ?? 0)), 1e-9);
  const [width, bar, left, right] = [280, 18, 76, 48];
  return box.replaceChildren(...known.map(({ from_h: from, to_h: to, issuers }) => {
    const said = issuers.map(({ label, nmae }) => `${label} ${percent(nmae, 1)}`).join(", ");
    const bars = issuers.flatMap(({ issuer, label, nmae }, i) => {
      const [top, long] = [20 + i * bar, ((nmae ?? 0) / most) * (width - left - right)];
      return [text(left - 6, top + 12, label, "end"), svg("rect", { class: issuer === "model" ? "bar-own" : "bar-other", x: left, y: top + 1, width: Math.max(long, 1), height: bar - 5 }), text(left + long + 4, top + 12, percent(nmae, 1), "start", issuer === "model" ? "strong" : null)];
    });
    return svg("svg", { viewBox: `0 0 ${width} ${22 + issuers.length * bar}`, role: "img", "aria-label": `${from} to ${to} hours ahead: ${said}` }, text(0, 13, `${from} to ${to} h ahead`, "start", "strong"), ...bars);
  }));
}

let chart = null;
export function drawByDay(box, keyBox, { by_day: days }) {
  chart?.destroy();
  chart = null;
  if (days.length < 2) return nothing(box, "Two scored days make a line.");
  box.replaceChildren();
  const c = colours();
  const probe = document.createElement("span");
  probe.style.color = "var(--pen)";
  box.append(probe);
  const own = getComputedStyle(probe).color;
  probe.remove();
  const column = (issuer) => days.map(({ nmae }) => (Number.isFinite(nmae[issuer]) ? 100 * nmae[issuer] : null));
  const font = `${Math.round(12 * c.rem)}px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: c.muted, font, labelFont: font, ticks: { stroke: c.rule, width: 1 }, grid: { stroke: c.ruleSoft, width: 1 } };
  const lines = [["model", "GridOps", own, []], ["last_week", "last week", c.line, []], ["last_model", "model of last month", c.line, [2, 3]]];
  chart = new uPlot({
    width: box.clientWidth - 16, height: Math.max(180, box.clientHeight - 16), legend: { show: false }, tzDate: (s) => uPlot.tzDate(new Date(s * 1000), "UTC"), cursor: { show: false },
    scales: { y: { range: (_, low, high) => [0, (high || 1) * 1.08] } },
    axes: [{ ...axis, size: 34 * c.rem, space: 70 * c.rem, values: (_, ticks) => ticks.map((at) => new Date(at * 1000).toISOString().slice(5, 10)) }, { ...axis, label: "percent", size: 50 * c.rem, labelSize: 18 * c.rem, values: (_, ticks) => ticks.map((v) => number(v, "", 0)) }],
    series: [{}, ...lines.map(([, label, stroke, dash]) => ({ label, stroke, dash, width: stroke === own ? 2 : 1.5, points: { show: false } }))],
  }, [days.map(({ day }) => Date.parse(`${day}T00:00:00Z`) / 1000), ...lines.map(([issuer]) => column(issuer))], box);
  const stroke = (name, dash) => svg("svg", { viewBox: "0 0 28 14", "aria-hidden": "true" }, svg("line", { class: name, x1: 1, x2: 27, y1: 7, y2: 7, ...(dash ? { "stroke-dasharray": dash } : {}) }));
  keyBox.replaceChildren(...lines.map(([issuer, label, , dash]) => h("li", {}, stroke(issuer === "model" ? "line-own" : "line-other", dash.join(" ")), label)));
  addEventListener("themechange", () => drawByDay(box, keyBox, { by_day: days }), { once: true });
}
