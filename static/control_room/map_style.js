/** MapLibre layers: grey by voltage level, colour only where abnormal. Values arrive as feature-state. */
const state = (name, otherwise = 0) => ["coalesce", ["feature-state", name], otherwise];
const is = (name, value) => ["==", state(name), value];
const byZoom = (...stops) => ["interpolate", ["exponential", 1.4], ["zoom"], ...stops.map((stop, i) => (i % 2 ? stop : stop + scale.zoom))];

export const SOURCES = ["areas", "titles", "lines", "nodes", "transformers", "switches", "stations", "markers"];

/** Bigger screens show bigger signs, at the same extent of the map. */
const scale = { rem: 1, zoom: 0 };

function paintColour(c, normal) {
  return ["match", state("priority"), 1, c.p1, 2, c.p2, 3, c.p3, 4, c.p4, normal];
}

const wide = (factor, plus = 0) => ["+", plus, ["*", factor * scale.rem, ["+", ["get", "width"], ["case", [">", state("priority"), 0], 1.5, 0], ["case", is("looped", 1), 0.9, 0]]]];
const width = (plus = 0) => byZoom(8, wide(0.8, plus * scale.rem), 14, wide(2, plus * scale.rem));

function lineLayers(c) {
  const normal = ["case", [">=", ["get", "kv"], 60], c.line, c.faint];
  const round = { "line-cap": "round", "line-join": "round" };
  return [
    {
      id: "lines-focus", type: "line", source: "lines", layout: round,
      paint: { "line-color": c.select, "line-width": width(7), "line-opacity": ["case", is("selected", 1), 0.75, is("hover", 1), 0.35, 0] },
    },
    {
      id: "lines", type: "line", source: "lines", layout: { ...round, "line-sort-key": ["get", "width"] },
      paint: {
        "line-color": paintColour(c, normal), "line-width": width(),
        "line-opacity": ["case", [">=", state("supply"), 2], 0, ["get", "dim"], 0.3, is("stale", 1), 0.45, 1],
      },
    },
    {
      id: "lines-looped", type: "line", source: "lines", layout: round,
      paint: { "line-color": c.bg, "line-width": byZoom(8, wide(0.3), 14, wide(0.8)), "line-opacity": ["case", ["all", is("looped", 1), ["==", state("supply"), 1]], 1, 0] },
    },
    {
      id: "lines-dead", type: "line", source: "lines",
      paint: { "line-color": c.text, "line-width": width(0.4), "line-dasharray": [3, 2.5], "line-opacity": ["case", is("supply", 2), 1, 0] },
    },
    {
      id: "lines-unobservable", type: "line", source: "lines", layout: { "line-cap": "round" },
      paint: { "line-color": normal, "line-width": width(), "line-dasharray": [0.1, 2.6], "line-opacity": ["case", is("supply", 3), 1, 0] },
    },
    ...["forward", "backward"].map((image, i) => ({
      id: `flow-${image}`, type: "symbol", source: "lines", minzoom: 12.8 + scale.zoom,
      layout: { "symbol-placement": "line-center", "icon-image": image, "icon-size": byZoom(12.8, 0.65, 14.5, 1), "icon-allow-overlap": true, "icon-rotation-alignment": "map" },
      paint: { "icon-opacity": ["case", ["all", is("direction", i + 1), ["<", state("supply"), 2]], ["case", ["get", "dim"], 0.3, 1], 0] },
    })),
  ];
}

function areaLayers(c) {
  return [
    { id: "areas", type: "fill", source: "areas", paint: { "fill-color": c.panel, "fill-outline-color": c.ruleSoft } },
    {
      id: "area-titles", type: "symbol", source: "titles",
      layout: {
        "text-field": ["get", "label"], "text-font": ["sans-serif"], "text-size": 13 * c.rem, "text-anchor": "top-left", "text-offset": [0.4, 0.3],
        "text-allow-overlap": true, "text-ignore-placement": false,
      },
      paint: { "text-color": c.text, "text-halo-color": c.panel, "text-halo-width": 2 },
    },
  ];
}

const radius = (busbar, other) => ["*", scale.rem, ["case", ["get", "busbar"], busbar, other]];

function nodeLayer(c) {
  return {
    id: "nodes", type: "circle", source: "nodes", minzoom: 10.2 + scale.zoom,
    paint: {
      "circle-radius": byZoom(10.2, radius(1.3, 0.6), 11.5, radius(2.2, 1.5), 14, radius(7, 4.5)),
      "circle-color": ["case", [">=", state("supply"), 2], c.bg, paintColour(c, c.line)],
      "circle-stroke-color": ["case", is("selected", 1), c.select, is("hover", 1), c.select, paintColour(c, c.line)],
      "circle-stroke-width": ["case", is("selected", 1), 4, is("hover", 1), 3, [">=", state("supply"), 2], 1.25, 0],
      "circle-opacity": ["case", ["get", "dim"], 0.3, is("stale", 1), 0.45, 1],
    },
  };
}

/** A station whose name heads its area is not named twice. */
const label = (shown) => ["case", ["all", shown, ["!", ["get", "titled"]]], ["get", "label"], ""];

function equipmentLayers(c) {
  const icon = (image, more) => ({ "icon-image": image, "icon-allow-overlap": true, "icon-ignore-placement": true, ...more });
  return [
    {
      id: "transformers", type: "symbol", source: "transformers", minzoom: 12 + scale.zoom,
      layout: icon("transformer", { "icon-offset": ["get", "offset"] }),
    },
    ...[
      ["open", 10.4, ["all", ["!", ["get", "bay"]], ["!=", ["get", "position"], 1]]],
      ["closed", 13.4, ["all", ["!", ["get", "bay"]], ["==", ["get", "position"], 1]]],
      ["bay", 14, ["get", "bay"]],
    ].map(([name, minzoom, filter]) => ({
      id: `switches-${name}`, type: "symbol", source: "switches", minzoom: minzoom + scale.zoom, filter: ["all", filter, ["!", ["get", "offNormal"]]],
      layout: icon(["concat", "switch-", ["get", "position"]], { "icon-size": byZoom(10.4, 0.6, 12, 0.75, 15, 1) }),
    })),
    {
      id: "switches-off-normal", type: "symbol", source: "switches", filter: ["get", "offNormal"],
      layout: icon(["concat", "switch-off-", ["get", "position"]], {}),
    },
    {
      id: "stations", type: "symbol", source: "stations",
      layout: {
        ...icon("station", {}), "text-field": ["step", ["zoom"], label([">", ["get", "rank"], 0]), 12 + scale.zoom, label(true), 12.4 + scale.zoom, ["get", "label"]],
        "text-font": ["sans-serif"], "text-size": byZoom(8, 12.5 * c.rem, 13, 15 * c.rem), "text-variable-anchor": ["left", "right", "bottom", "top"], "text-radial-offset": 0.9, "text-justify": "auto",
        "text-max-width": 30, "text-optional": true, "symbol-sort-key": ["-", 0, ["get", "rank"]], "text-allow-overlap": false,
      },
      paint: { "text-color": c.text, "text-halo-color": c.bg, "text-halo-width": 1.75 },
    },
  ];
}

/** Critical alarms always show; of others that would lie on each other the most urgent does; low ones wait for a near view. */
function markerLayers(c) {
  const priority = ["get", "priority"];
  return [
    { ...markers(c, false), id: "markers-low", minzoom: 11 + scale.zoom, filter: ["==", priority, 4] },
    { ...markers(c, false), id: "markers", filter: ["in", priority, ["literal", [2, 3]]] },
    { ...markers(c, true), id: "markers-critical", filter: ["==", priority, 1] },
  ];
}

function markers(c, always) {
  return {
    type: "symbol", source: "markers",
    layout: {
      "icon-image": ["concat", "alarm-", ["get", "priority"], "-", ["get", "state"]], "icon-allow-overlap": always, "icon-padding": 0,
      "symbol-sort-key": ["get", "priority"], "text-field": ["get", "badge"], "text-font": ["sans-serif"],
      "text-size": 13 * c.rem, "text-anchor": "left", "text-offset": [1.1, 0], "text-optional": true,
    },
    paint: {
      "text-color": ["match", ["get", "priority"], 1, c.p1, 2, c.p2, 3, c.p3, c.p4],
      "text-halo-color": c.bg, "text-halo-width": 2,
    },
  };
}

export function layers(c) {
  Object.assign(scale, { rem: c.rem, zoom: Math.log2(c.rem) });
  return [
    { id: "ground", type: "background", paint: { "background-color": c.bg } },
    areaLayers(c)[0], ...lineLayers(c), areaLayers(c)[1], nodeLayer(c), ...equipmentLayers(c), ...markerLayers(c),
  ];
}
