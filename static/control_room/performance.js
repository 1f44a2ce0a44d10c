/* The figure comes whole from the server (apps/control_room/figures.py); only the theme's colours are put in here. */
const data = document.getElementById("chart-data");
const target = document.getElementById("chart");

function themed(layout) {
  const style = getComputedStyle(document.documentElement);
  const probe = document.createElement("span");
  document.body.append(probe);
  const colour = (token) => { probe.style.color = `var(${token})`; return getComputedStyle(probe).color; };
  const text = colour("--text"), muted = colour("--muted"), rule = colour("--rule-soft"), panel = colour("--panel");
  probe.remove();
  const axes = Object.fromEntries(Object.keys(layout).filter((key) => /^[xy]axis/.test(key)).map((key) => [
    key, { ...layout[key], gridcolor: rule, linecolor: rule, zerolinecolor: muted, tickfont: { size: 13 },
    title: { ...layout[key].title, font: { size: 13, color: muted }, standoff: 8 } },
  ]));
  return {
    layout: {
      ...layout, ...axes, autosize: true, paper_bgcolor: panel, plot_bgcolor: panel,
      font: { color: text, family: style.getPropertyValue("--font"), size: 14 },
      hoverlabel: { bgcolor: panel, font: { color: text } }, colorway: [text, text, muted, muted],
    },
  };
}

function draw() {
  const figure = JSON.parse(data.textContent);
  window.Plotly.react(target, figure.data, themed(figure.layout).layout, { displaylogo: false, responsive: true });
}

if (data && window.Plotly) {
  draw();
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
