/** What a connection point may draw (upwards) and feed in (downwards) over the hours ahead, and what is expected of it. */
import { h, svg } from "../js/dom.js";
import { instant, minute, number } from "../js/format.js";

const W = 420, H = 168, LEFT = 46, RIGHT = 8, TOP = 8, BOTTOM = 20, LEAST_APART = 42;
const HOUR_MS = 3600000;
const label = (x, y, words, anchor = "start") => svg("text", { class: "axis", x, y, "text-anchor": anchor }, document.createTextNode(words));
/** Steps that hold until the next begins. */
const staircase = (x, y, starts, end, values) => values.flatMap((value, n) => (Number.isFinite(value) ? [`${x(starts[n]).toFixed(1)},${y(value).toFixed(1)}`, `${x(starts[n + 1] ?? end).toFixed(1)},${y(value).toFixed(1)}`] : []));

export function envelopeChart(told) {
  const starts = told.starts.map(instant), end = Math.max(instant(told.ends_at) ?? 0, starts.at(-1) + 900000);
  const fed = told.export_kw.map((value) => -value);
  const all = [...told.import_kw, ...fed, ...told.expected_kw, told.asked_import_kw, -told.asked_export_kw, 0].filter(Number.isFinite);
  const room = (Math.max(...all) - Math.min(...all) || 1) * 0.08;
  const high = Math.max(...all) + room, low = Math.min(...all) - room;
  const x = (ms) => LEFT + ((ms - starts[0]) / (end - starts[0])) * (W - LEFT - RIGHT), y = (kw) => TOP + ((high - kw) / (high - low)) * (H - TOP - BOTTOM);
  const steps = (kind, values) => svg("polyline", { class: kind, points: staircase(x, y, starts, end, values).join(" ") });
  const inside = [...staircase(x, y, starts, end, told.import_kw), ...staircase(x, y, starts, end, fed).reverse()].join(" ");
  const asked = [told.asked_import_kw, -told.asked_export_kw].filter((kw) => kw !== 0).map((kw) => svg("line", { class: "asked", x1: LEFT, x2: W - RIGHT, y1: y(kw), y2: y(kw) }));
  const hours = Array.from({ length: Math.ceil((end - starts[0]) / HOUR_MS) }, (_, n) => (Math.floor(starts[0] / HOUR_MS) + 1 + n) * HOUR_MS);
  const ticks = [starts[0], ...hours.filter((ms) => Number(minute(ms).slice(0, 2)) % 6 === 0 && x(ms) > LEFT + LEAST_APART && x(ms) < W - LEAST_APART)];
  return h("figure", { class: "envelope" },
    svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `Import and export limits from ${minute(starts[0])} to ${minute(end)}` },
      svg("polygon", { class: "inside", points: inside }), svg("line", { class: "zero", x1: LEFT, x2: W - RIGHT, y1: y(0), y2: y(0) }), ...asked,
      steps("limit", told.import_kw), steps("limit", fed), steps("expected", told.expected_kw),
      ...[Math.max(...told.import_kw.filter(Number.isFinite)), 0, Math.min(...fed.filter(Number.isFinite))].filter((kw, n, list) => list.findIndex((other) => Math.abs(y(other) - y(kw)) < 12) === n).map((kw) => label(LEFT - 4, y(kw) + 4, number(kw, "kW", 0), "end")),
      ...ticks.map((ms, n) => label(x(ms), H - 5, n ? minute(ms) : "now"))),
    h("figcaption", { class: "small muted" }, "kW, drawn upwards, fed in downwards. Area: safe whatever all others do inside theirs. Thin line: expected. Dotted: asked for, by what is connected."));
}

/** The limits of now in words. */
export function envelopeWords(told) {
  const [most, least] = [told.import_kw[0], told.export_kw[0]];
  const kw = (value) => number(value, "kW", 0);
  const draws = most >= 0 ? `may draw up to ${kw(most)} kW` : `must feed in at least ${kw(-most)} kW`;
  const feeds = least >= 0 ? `${most >= 0 ? "feed in up to" : "at most"} ${kw(least)} kW` : `must draw at least ${kw(-least)} kW`;
  const bound = told.is_bound ? "The network allows less than what is connected asks for." : "The network does not bind it.";
  return `Now it ${draws} and ${feeds}. ${bound}`;
}
