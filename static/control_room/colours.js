/** Colours for canvases, read from the stylesheet: the tokens stay in one place, alarm colours come from .alarm-*. */
const ALARMS = { p1: "alarm-p1", p2: "alarm-p2", p3: "alarm-p3", p4: "alarm-p4" };
const TOKENS = ["bg", "panel", "text", "muted", "line", "rule", "rule-soft", "select"];

function resolve(prepare) {
  const probe = document.createElement("span");
  prepare(probe);
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

export function colours() {
  const tokens = TOKENS.map((name) => [name, resolve((probe) => { probe.style.color = `var(--${name})`; })]);
  const alarms = Object.entries(ALARMS).map(([name, rule]) => [name, resolve((probe) => { probe.className = rule; })]);
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const c = Object.fromEntries([...tokens, ...alarms]);
  return { ...c, ruleSoft: c["rule-soft"], rem, faint: mix(c.line, c.bg, 0.25) };
}

function mix(a, b, part) {
  const [x, y] = [a, b].map((colour) => colour.match(/[\d.]+/g).slice(0, 3).map(Number));
  return `rgb(${x.map((v, i) => Math.round(v + (y[i] - v) * part)).join(", ")})`;
}
