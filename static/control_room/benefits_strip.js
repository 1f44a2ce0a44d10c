/** The gain of a claim as a strip: a ring a tape, the interval, the ceiling, and what vendors say. */
import { svg } from "../js/dom.js";
import { isKnown, number } from "../js/format.js";

const WIDTH = 420, HEIGHT = 104, LEFT = 12, RIGHT = 12, AXIS = 80, RINGS = 24, LINE = 48, RING = 4, LEVELS = 3;
export const percent = (share) => (isKnown(share) ? `${number(100 * share, "%", 1)} %` : "not known");
export const signed = (share) => (isKnown(share) ? `${share > 0 ? "+" : ""}${percent(share)}` : "not known");

/** By tape, in the order of the seeds: how much better A2 is than A1, as a share of the mean of A1, so that no tape without faults is divided by and their mean is the gain. */
export function gains(claim) {
  const sign = claim.better === "higher" ? 1 : -1, mean = Math.abs(claim.main.base ?? 0);
  return claim.by_arm.A2.map((ours, n) => {
    const usual = claim.by_arm.A1[n];
    return isKnown(ours) && isKnown(usual) && mean ? (sign * (ours - usual)) / mean : null;
  });
}

/** Wide enough for everything but a tape far out: such a one stands at the edge, with its number in its name. */
function ends(claim, known) {
  const told = [0, claim.said_low, claim.said_high, claim.gain, claim.gain_low, claim.gain_high, claim.ceiling_gain].filter(isKnown);
  const inner = [...known].sort((a, b) => a - b).slice(Math.floor(known.length / 20), Math.ceil(known.length * 0.95));
  const low = Math.max(Math.min(...told, ...inner), -2), high = Math.min(Math.max(...told, ...inner), 2);
  const room = Math.max(0.05 * (high - low), 0.01);
  return [low - room, high + room];
}

const line = (kind, x1, y1, x2, y2) => svg("line", { class: kind, x1, y1, x2, y2 });

export function strip(claim, seeds, runUrl) {
  const found = gains(claim), known = found.filter(isKnown), [low, high] = ends(claim, known);
  const at = (share) => LEFT + ((Math.min(Math.max(share, low), high) - low) / (high - low)) * (WIDTH - LEFT - RIGHT);
  const label = `${claim.title}: ${signed(claim.gain)}, 95 % interval ${signed(claim.gain_low)} to ${signed(claim.gain_high)}; vendors say ${percent(claim.said_low)} to ${percent(claim.said_high)}`;
  const parts = [
    line("strip-axis", LEFT, AXIS, WIDTH - RIGHT, AXIS),
    svg("rect", { class: "strip-said", x: at(claim.said_low), y: 10, width: at(claim.said_high) - at(claim.said_low), height: AXIS - 10 }),
    line("strip-none", at(0), 6, at(0), AXIS + 4),
  ];
  if (isKnown(claim.ceiling_gain)) parts.push(line("strip-ceiling", at(claim.ceiling_gain), LINE - 12, at(claim.ceiling_gain), LINE + 24));
  if (isKnown(claim.gain_low)) parts.push(line("strip-interval", at(claim.gain_low), LINE + 14, at(claim.gain_high), LINE + 14));
  if (isKnown(claim.gain)) parts.push(svg("circle", { class: "strip-mean", cx: at(claim.gain), cy: LINE + 14, r: 5 }));
  found.forEach((share, n) => {
    if (!isKnown(share)) return;
    const ring = svg("circle", { class: "strip-seed", cx: at(share), cy: RINGS + (n % LEVELS) * 9, r: RING });
    const words = `Tape ${n + 1}, seed ${seeds[n]}: ${signed(share)}`, url = runUrl(seeds[n]);
    parts.push(url ? svg("a", { href: url, "aria-label": words }, svg("title", {}, words), ring) : ring);
  });
  const APART = 70, edges = [[low, "start"], [high, "end"]].filter(([share]) => Math.abs(at(share) - at(0)) > APART);
  for (const [share, anchor] of [[0, "middle"], ...edges]) parts.push(svg("text", { x: at(share), y: HEIGHT - 6, "text-anchor": anchor }, share === 0 ? "0" : signed(share)));
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": label }, ...parts);
}
