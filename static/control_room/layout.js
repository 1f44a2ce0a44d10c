/**
 * Room for what matters. Where one voltage level spans far more ground than the grids it feeds, a map that shows it all
 * shows the grids as dots. Here each fed grid keeps its true shape and the ground between them shrinks: the order of
 * places from left to right and from top to bottom stays as near to the truth as there is room for.
 */
const KM = 111.32;            // a degree of latitude
const ASPECT = 2.1;           // width to height of the arrangement, the same on every screen: places are remembered
const LEAST_NODES = 8;        // smaller groups are places on the map, not areas
const READABLE = 0.15;        // areas that cover so much of the true map need no help
const COVER = 0.44;           // part of the arrangement that areas may take
const ROUNDS = 500;
const MARGIN = 0.055;         // around an area, as part of the mean area's width
const SPREAD = 0.7;           // how far evenly spread places win over true distances

const key = (doc, node) => `${doc.nodes.kv[node]} ${spot(doc, node)}`;
const spot = (doc, node) => `${doc.nodes.lon[node].toFixed(4)} ${doc.nodes.lat[node].toFixed(4)}`;

/** Groups of nodes that lines join, whatever their switches say: one grid of one voltage each. */
function grids(doc) {
  const parent = doc.nodes.mrid.map((_, i) => i);
  const root = (i) => { while (parent[i] !== i) i = parent[i] = parent[parent[i]]; return i; };
  const first = new Map();
  parent.forEach((_, i) => {
    const k = key(doc, i);
    if (first.has(k)) parent[root(i)] = root(first.get(k));
    else first.set(k, i);
  });
  doc.lines.from.forEach((from, i) => { parent[root(from)] = root(doc.lines.to[i]); });
  return [...Map.groupBy(parent.keys(), root).values()];
}

function box(nodes, x, y) {
  const [xs, ys] = [nodes.map((i) => x[i]), nodes.map((i) => y[i])];
  return { x0: Math.min(...xs), x1: Math.max(...xs), y0: Math.min(...ys), y1: Math.max(...ys) };
}

const size = ({ x0, x1, y0, y1 }) => (x1 - x0) * (y1 - y0);

/** Every group that moves as one: an area with the stations in it, or a single place. */
function bodies(doc, x, y, areas, margin) {
  const places = new Map();
  doc.nodes.mrid.forEach((_, i) => places.set(spot(doc, i), [...(places.get(spot(doc, i)) ?? []), i]));
  const taken = new Set();
  const found = areas.map((nodes) => {
    const all = new Set(nodes);
    for (const i of nodes) for (const other of places.get(spot(doc, i))) all.add(other);
    for (const i of all) taken.add(i);
    return { nodes: [...all], area: nodes };
  });
  for (const nodes of places.values()) if (!taken.has(nodes[0])) found.push({ nodes, area: null });
  return found.map((body) => {
    const { x0, x1, y0, y1 } = box(body.nodes, x, y);
    const room = body.area ? margin : margin * 0.45;
    const top = body.area ? 2.4 * margin : room;  // the name stands there
    return { ...body, margin, cx: (x0 + x1) / 2, cy: (y0 + y1 + top - room) / 2, w: (x1 - x0) / 2 + room, h: (y1 - y0 + top + room) / 2 };
  });
}

/** True order along one axis, with as much room for each as it is wide. */
function spread(list, axis, half, length) {
  const order = [...list].sort((a, b) => a[axis] - b[axis]);
  const [low, high] = [order[0][axis], order.at(-1)[axis]];
  const total = order.reduce((sum, body) => sum + body[half], 0);
  let before = 0;
  for (const body of order) {
    const even = (before + body[half] / 2) / total;
    const real = (body[axis] - low) / (high - low || 1);
    before += body[half];
    body[`${axis}0`] = body[axis];
    body[axis] = length * (SPREAD * even + (1 - SPREAD) * real);
  }
}

function settle(list, width, height) {
  const wanted = list.map(({ cx, cy }) => [cx, cy]);
  for (let round = 0; round < ROUNDS; round += 1) {
    const pull = 0.02 * (1 - round / ROUNDS);
    list.forEach((body, i) => {
      body.cx += (wanted[i][0] - body.cx) * pull;
      body.cy += (wanted[i][1] - body.cy) * pull;
    });
    for (let i = 0; i < list.length; i += 1) for (let j = i + 1; j < list.length; j += 1) part(list[i], list[j]);
    for (const body of list) {
      body.cx = Math.min(width - body.w, Math.max(body.w, body.cx));
      body.cy = Math.min(height - body.h, Math.max(body.h, body.cy));
    }
  }
}

/** Two that overlap are moved apart the shorter way; the smaller gives way. */
function part(a, b) {
  const dx = a.w + b.w - Math.abs(a.cx - b.cx);
  const dy = a.h + b.h - Math.abs(a.cy - b.cy);
  if (dx <= 0 || dy <= 0) return;
  const share = (b.w * b.h) / (a.w * a.h + b.w * b.h);
  const [axis, push] = dx < dy ? ["cx", dx] : ["cy", dy];
  const sign = a[axis] < b[axis] || (a[axis] === b[axis] && a.nodes[0] < b.nodes[0]) ? -1 : 1;
  a[axis] += sign * push * share * 0.6;
  b[axis] -= sign * push * (1 - share) * 0.6;
}

/** Positions of all nodes and the rectangles of the areas, or null where the true map reads well by itself. */
export function arrange(doc) {
  const lat0 = doc.nodes.lat.reduce((sum, lat) => sum + lat, 0) / doc.nodes.lat.length;
  const across = KM * Math.cos((lat0 * Math.PI) / 180);
  const [x, y] = [doc.nodes.lon.map((lon) => lon * across), doc.nodes.lat.map((lat) => lat * KM)];
  const groups = grids(doc);
  const boxes = new Map(groups.map((nodes) => [nodes, box(nodes, x, y)]));
  groups.sort((a, b) => size(boxes.get(b)) - size(boxes.get(a)));
  const [widest, ...others] = groups;  // the level that spans the ground
  const areas = others.filter((nodes) => nodes.length >= LEAST_NODES);
  const whole = widest ? size(box([...doc.nodes.mrid.keys()], x, y)) : 0;
  const covered = areas.reduce((sum, nodes) => sum + size(boxes.get(nodes)), 0);
  if (areas.length < 2 || covered === 0 || covered > READABLE * whole) return null;

  const list = bodies(doc, x, y, areas, 2 * MARGIN * Math.sqrt(covered / areas.length));
  const needed = list.reduce((sum, { w, h, area }) => sum + (area ? 4 * w * h : 0), 0) / COVER;
  const height = Math.sqrt(needed / ASPECT);
  const width = height * ASPECT;
  spread(list, "cx", "w", width);
  spread(list, "cy", "h", height);
  settle(list, width, height);
  return place(doc, list, { x, y, across, width, height });
}

function place(doc, list, { x, y, across, width, height }) {
  const [west, south] = [doc.bounds[0], doc.bounds[1]];
  const lonLat = (px, py) => [west + px / across, south + py / KM];
  const at = new Array(doc.nodes.mrid.length);
  const areas = [];
  for (const { nodes, area, cx, cy, cx0, cy0, w, h, margin } of list) {
    for (const i of nodes) at[i] = lonLat(cx + x[i] - cx0, cy + y[i] - cy0);
    const [bw, bh] = [w - margin / 2, h - margin / 2];  // a lane between neighbours
    if (area) areas.push({ nodes: area, own: new Set(nodes), box: [...lonLat(cx - bw, cy - bh), ...lonLat(cx + bw, cy + bh)] });
  }
  return { at, areas, bounds: [...lonLat(0, 0), ...lonLat(width, height)] };
}

/** Where a straight line is inside a box: [from, to] as parts of its way, or null (Liang and Barsky). */
function inside([[x1, y1], [x2, y2]], [w, s, e, n]) {
  let [from, to] = [0, 1];
  const [dx, dy] = [x2 - x1, y2 - y1];
  for (const [p, q] of [[-dx, x1 - w], [dx, e - x1], [-dy, y1 - s], [dy, n - y1]]) {
    if (p === 0 && q < 0) return null;
    if (p < 0) from = Math.max(from, q / p);
    if (p > 0) to = Math.min(to, q / p);
  }
  return from < to ? [from, to] : null;
}

const LANE = 0.3;  // a glimpse between two areas, as part of their height, says nothing

/** A line that neither begins nor ends in an area passes under it: only the parts outside are drawn. */
export function passUnder(ends, foreign) {
  let parts = [[0, 1]];
  const length = Math.hypot(ends[1][0] - ends[0][0], ends[1][1] - ends[0][1]);
  const least = foreign.length ? (LANE * (foreign[0][3] - foreign[0][1])) / (length || 1) : 0;
  for (const box of foreign) {
    const hidden = inside(ends, box);
    if (hidden) parts = parts.flatMap(([a, b]) => [[a, Math.min(b, hidden[0])], [Math.max(a, hidden[1]), b]].filter(([from, to]) => to - from > 1e-6));
  }
  parts = parts.filter(([a, b]) => a === 0 || b === 1 || b - a > least);
  const [[x1, y1], [x2, y2]] = ends;
  const at = (t) => [x1 + (x2 - x1) * t, y1 + (y2 - y1) * t];
  return parts.length ? parts.map(([a, b]) => [at(a), at(b)]) : [ends];
}
