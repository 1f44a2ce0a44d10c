import { PROVENANCE, SUPPLY, isLooped, isOffNormal, isStaleSwitch, provenanceOf, supplyOf, violationOf } from "../js/frame.js";
import { feederOf } from "./islands.js";

const STATUS = { nodes: "nodeStatus", lines: "lineStatus", transformers: "transformerStatus" };
const POSITION = ["open", "closed", "intermediate", "unknown"];
const LEAST_KW = 1;
/** Until its alarm stands, or for people who see no alarms, a violation shows in these priorities. */
const DEFAULT_PRIORITY = [0, 3, 3, 2];

/** What the newest frame says of the symbols and wires of one diagram; the diagram's `ref` is a place in the frame. */
export class DiagramState {
  constructor(doc) {
    this.doc = doc;
    this.frame = null;
    this.alarms = new Map();  // the worst of each element, by mRID
    this.tags = new Map();  // all that hang on it, the gravest first
  }

  /** False if the frame is of another version of the network. */
  take(frame) {
    if (frame.modelVersion !== this.doc.model_version) return false;
    this.frame = frame;
    return true;
  }

  takeAlarms(sorted) {
    this.alarms = new Map();
    for (const alarm of sorted) {
      const known = this.alarms.get(alarm.equipment_mrid);
      if (!known || alarm.priority < known.priority) this.alarms.set(alarm.equipment_mrid, alarm);
    }
  }

  takeTags(byEquipment) { this.tags = byEquipment; }

  #status(ref) { return this.frame && STATUS[ref[0]] ? this.frame[STATUS[ref[0]]][ref[1]] : 0; }

  /** Of a wire or a symbol; between two switches: what a closed one joins it to. */
  supply({ ref, via }) {
    if (!this.frame) return "unknown";
    if (!via) return SUPPLY[supplyOf(this.#status(ref))];
    const joined = via.filter(([index]) => (this.frame.switchState[index] & 3) === 1).map(([, kind, at]) => SUPPLY[supplyOf(this.#status([kind, at]))]);
    if (via.some(([index]) => (this.frame.switchState[index] & 3) > 1) && !joined.includes("live")) return "unknown";
    return ["live", "unobservable", "unknown"].find((supply) => joined.includes(supply)) ?? "dead";
  }

  /** Who feeds a symbol's node without the grid; empty where nobody does, or where it has no node in this diagram. */
  livesBy({ mrid, ref }) {
    const same = ref[0] === "nodes" ? this.doc.symbols.find((one) => one.role === "node" && one.ref[0] === "nodes" && one.ref[1] === ref[1]) : null;
    return feederOf(mrid) || (same ? feederOf(same.mrid) : "");
  }

  isStale({ ref }) { return PROVENANCE[provenanceOf(this.#status(ref))] === "stale"; }
  provenance({ ref }) { return PROVENANCE[provenanceOf(this.#status(ref))]; }

  isLooped({ ref }) { return ref[0] !== "nodes" && isLooped(this.#status(ref)); }

  priority({ ref, mrid }) {
    const violation = violationOf(this.#status(ref));
    return violation ? this.alarms.get(mrid)?.priority ?? DEFAULT_PRIORITY[violation] : 0;
  }

  position(symbol) {
    if (!this.frame) return { position: "unknown", offNormal: false, stale: true };
    const state = this.frame.switchState[symbol.ref[1]];
    return { position: POSITION[state & 3], offNormal: isOffNormal(state), stale: isStaleSwitch(state) };
  }

  /** pu, kW and loading as a fraction, whichever the element has; null for none. */
  values({ ref }) {
    const f = this.frame;
    if (!f) return {};
    const [kind, index] = ref;
    if (kind === "nodes") return { pu: f.nodeVoltage[index] };
    if (kind === "lines") return { kw: f.lineP[index], loading: f.lineLoading[index] };
    return { kw: f.transformerP[index], loading: f.transformerLoading[index] };
  }

  /** Power along the drawn points: 1 forward, -1 backward, 0 none or not known. */
  flow({ ref, forward }) {
    const kw = ref[0] === "lines" ? this.values({ ref }).kw : NaN;
    if (!(Math.abs(kw) >= LEAST_KW)) return 0;
    return kw > 0 === forward ? 1 : -1;
  }
}
