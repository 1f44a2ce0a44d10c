/** Parts that live without the grid, as the newest scan tells of them: their flows are not observed, and they have supply. */
import { live } from "../js/live.js";
import { SUPPLY_WORD } from "./values.js";

let byNode = new Map();

function take(system) {
  byNode = new Map((system?.islands ?? []).flatMap(({ name, nodes }) => nodes.map((mrid) => [mrid, name])));
}

live.addEventListener("data", ({ detail }) => detail.topic === "system" && take(detail.data));
live.addEventListener("snapshot", ({ detail }) => detail.topic === "system" && detail.data && take(detail.data));

/** The nodes of what is drawn on the map. */
function nodesOf({ kind, index }, { doc }) {
  if (kind === "nodes") return [index];
  if (kind === "lines") return [doc.lines.from[index], doc.lines.to[index]];
  return kind === "transformers" ? [doc.transformers.high[index], doc.transformers.low[index]] : [];
}

/** By name who feeds it without the grid; empty where nothing does. */
export const suppliedBy = (ref, model) => (byNode.size ? nodesOf(ref, model).map((node) => byNode.get(model.doc.nodes.mrid[node])).find(Boolean) ?? "" : "");

/** Of one node by its mRID. */
export const feederOf = (mrid) => byNode.get(mrid) ?? "";

export const supplyWord = (supply, by) => (by && supply === "unobservable" ? `Supplied by its microgrid, ${by}` : SUPPLY_WORD[supply] ?? supply);
