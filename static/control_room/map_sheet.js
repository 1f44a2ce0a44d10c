/** Many lines on a canvas in slices of time: areas first, then lines by their look, the most urgent last. */
const CHUNK = 1500;  // parts of lines in one stroke: longer paths cost the rasteriser more than they save
const SLICE_MS = 7;
const LOOPED = 256;
const mercator = (lat) => (Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) * 180) / Math.PI;
export const flat = ([x, y]) => [x, mercator(y)];
const WIDTH = (kv) => (kv >= 200 ? 3.4 : kv >= 60 ? 2.3 : kv >= 3 ? 1.15 : 0.8);

/** The straight parts of all lines, as numbers. */
export class Parts {
  constructor(model) {
    const found = [];
    model.doc.lines.mrid.forEach((_, line) => { for (const [a, b] of model.parts(line)) found.push([line, ...flat(a), ...flat(b)]); });
    this.line = Int32Array.from(found, ([line]) => line);
    this.ends = new Float64Array(found.length * 4);
    found.forEach((part, i) => this.ends.set(part.slice(1), 4 * i));
    this.kv = Float32Array.from(model.doc.lines.kv);
    this.looks = new Int16Array(model.count("lines")).fill(1);
    this.groups = null;
  }

  /** Take the state's looks; false if all are as they were. */
  take(state) {
    let changed = this.groups === null;
    for (let index = 0; index < this.looks.length; index += 1) {
      const look = state?.frame ? state.look({ kind: "lines", index }) & (63 | LOOPED) : 1;  // without the direction: no arrows here
      if (look !== this.looks[index]) { this.looks[index] = look; changed = true; }
    }
    if (changed) this.#group();
    return changed;
  }

  #group() {
    const groups = new Map();
    this.line.forEach((line, part) => {
      const key = this.looks[line] * 1e4 + this.kv[line];
      if (!groups.has(key)) groups.set(key, { look: this.looks[line], kv: this.kv[line], parts: [] });
      groups.get(key).parts.push(part);
    });
    const urgency = ({ look }) => ((look >> 3) & 7 ? 8 - ((look >> 3) & 7) : 0);
    this.groups = [...groups.values()].sort((a, b) => urgency(a) - urgency(b) || a.kv - b.kv);
  }
}

/** Paints what lies around a view, step by step; the generator yields when others should have a turn. */
export const painted = function* (g, { parts, areas, colours, levels, width, height, ratio, x, y, scale }) {
  const px = (lon) => width / 2 + (lon - x) * scale;
  const py = (merc) => height / 2 - (merc - y) * scale;
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.fillStyle = colours.bg;
  g.fillRect(0, 0, width, height);
  g.font = `${13 * colours.rem}px sans-serif`;
  for (const { name, corners: [[x1, y1], [x2, y2]] } of areas) {
    g.fillStyle = colours.panel;
    g.fillRect(px(x1), py(y1), px(x2) - px(x1), py(y2) - py(y1));
    g.fillStyle = colours.text;
    g.fillText(name, px(x1) + 6, py(y1) + 18 * colours.rem);
  }
  const { ends } = parts;
  const [west, east, south, north] = [x - width / 2 / scale, x + width / 2 / scale, y - height / 2 / scale, y + height / 2 / scale];
  let begun = performance.now();
  for (const { look, kv, parts: own } of parts.groups) {
    if (!levels.has(kv)) continue;
    const priority = (look >> 3) & 7;
    g.setLineDash({ 2: [7, 5], 3: [1, 4] }[look & 3] ?? []);
    g.globalAlpha = (look >> 2) & 1 ? 0.45 : 1;
    const wide = WIDTH(kv) + (priority ? 1.5 : 0);
    const colour = priority ? colours[`p${priority}`] : kv >= 60 ? colours.line : colours.faint;
    g.lineCap = wide > 1.5 ? "round" : "butt";
    const strokes = look & LOOPED ? [[wide + 1.4, colour], [(wide + 1.4) * 0.4, colours.bg]] : [[wide, colour]];
    for (let from = 0; from < own.length; from += CHUNK) {
      g.beginPath();
      for (let i = from; i < Math.min(from + CHUNK, own.length); i += 1) {
        const at = 4 * own[i];
        const [x0, y0, x1, y1] = [ends[at], ends[at + 1], ends[at + 2], ends[at + 3]];
        if ((x0 < west && x1 < west) || (x0 > east && x1 > east) || (y0 < south && y1 < south) || (y0 > north && y1 > north)) continue;
        g.moveTo(px(x0), py(y0));
        g.lineTo(px(x1), py(y1));
      }
      for (const [lineWidth, strokeStyle] of strokes) {
        Object.assign(g, { lineWidth, strokeStyle });
        g.stroke();
      }
      if (performance.now() - begun > SLICE_MS) {
        yield;
        begun = performance.now();
      }
    }
  }
  g.globalAlpha = 1;
  g.setLineDash([]);
};
