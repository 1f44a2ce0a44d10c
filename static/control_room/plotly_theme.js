/** Plotly figures in the colours of the page's theme, drawn again when the theme changes. */
const drawn = new Map();
const CONFIG = { displaylogo: false, responsive: true };

/** What a token of the theme is now, as Plotly takes colours; `opacity` for what is filled. */
export function colour(token, opacity = 1) {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return opacity === 1 ? found : found.replace(/^rgb\((.*)\)$/, `rgba($1, ${opacity})`);
}

export function themed(layout) {
  const text = colour("--text"), muted = colour("--muted"), rule = colour("--rule-soft"), panel = colour("--panel");
  const axes = Object.fromEntries(Object.keys(layout).filter((key) => /^[xy]axis/.test(key)).map((key) => [
    key, { ...layout[key], gridcolor: rule, linecolor: rule, zerolinecolor: muted, tickfont: { size: 13 },
    title: { ...layout[key].title, font: { size: 13, color: muted }, standoff: 8 } },
  ]));
  return {
    ...layout, ...axes, autosize: true, paper_bgcolor: panel, plot_bgcolor: panel,
    font: { color: text, family: getComputedStyle(document.documentElement).getPropertyValue("--font"), size: 14 },
    hoverlabel: { bgcolor: panel, font: { color: text } }, colorway: [text, text, muted, muted],
  };
}

function redraw(target) {
  const { data, layout } = drawn.get(target)();
  return window.Plotly.react(target, data, themed(layout), CONFIG);
}

/** `figure`: gives data and layout; asked again whenever the theme changes. */
export function draw(target, figure) {
  drawn.set(target, figure);
  return redraw(target);
}

export function clear(target) {
  if (drawn.delete(target)) window.Plotly.purge(target);
}

const all = () => drawn.forEach((_, target) => redraw(target));
new MutationObserver(all).observe(document.documentElement, { attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
