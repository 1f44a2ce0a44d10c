import { alarms } from "../js/alarm_store.js";
import { SWITCH, isLooped, isOffNormal, provenanceOf, supplyOf, violationOf } from "../js/frame.js";

export const LIVE = 1;
export const DEAD = 2;
export const UNOBSERVABLE = 3;
const STALE = 4;
const BADGE = ["", "U<", "U>", "I>"];
/** Until its alarm stands (on-delay), or for people who see no alarms, a violation shows in these priorities. */
const DEFAULT_PRIORITY = [0, 3, 3, 2];
const STATUS = { nodes: "nodeStatus", lines: "lineStatus", transformers: "transformerStatus" };

/** The newest frame on the model: what each element looks like and what is abnormal. */
export class GridState {
  constructor(model) {
    this.model = model;
    this.frame = null;
    this.markers = [];
    this.violations = [];
    this.offNormal = [];
    this.counts = null;
    this.priorities = new Map();
  }

  take(frame) {
    const fits = frame.nodeStatus.length === this.model.count("nodes") && frame.lineStatus.length === this.model.count("lines")
      && frame.transformerStatus.length === this.model.count("transformers") && frame.switchState.length === this.model.count("switches");
    if (!fits || frame.modelVersion !== this.model.version) return false;
    this.frame = frame;
    this.derive();
    return true;
  }

  derive() {
    this.#alarmed();
    if (!this.frame) return;
    this.violations = this.#violations();
    this.offNormal = [...this.frame.switchState.keys()].filter((i) => isOffNormal(this.frame.switchState[i]));
    this.markers = this.#markers();
    this.counts = this.#count();
  }

  /** The worst alarm of each element, by mRID. */
  #alarmed() {
    this.priorities = new Map();
    for (const alarm of alarms.sorted()) {
      const known = this.priorities.get(alarm.equipment_mrid);
      if (!known || alarm.priority < known.priority) this.priorities.set(alarm.equipment_mrid, alarm);
    }
  }

  status(ref) { return STATUS[ref.kind] ? this.frame?.[STATUS[ref.kind]][ref.index] ?? 0 : 0; }
  supply(ref) { return supplyOf(ref.kind === "switches" ? this.status({ kind: "nodes", index: this.model.doc.switches.at[ref.index] }) : this.status(ref)); }
  provenance(ref) { return provenanceOf(this.status(ref)); }
  violation(ref) { return violationOf(this.status(ref)); }

  isLooped(ref) { return ref.kind === "lines" && isLooped(this.status(ref)); }

  priority(ref) {
    const violation = this.violation(ref);
    if (!violation) return 0;
    return this.priorities.get(this.model.mrid(ref))?.priority ?? DEFAULT_PRIORITY[violation];
  }

  /** One small number per element, so that only what changed is redrawn: supply | stale | priority | direction | looped. */
  look(ref) {
    const status = this.status(ref);
    const stale = provenanceOf(status) === STALE ? 1 : 0;
    return supplyOf(status) | (stale << 2) | (this.priority(ref) << 3) | (this.direction(ref) << 6) | (this.isLooped(ref) ? 256 : 0);
  }

  direction(ref) {
    const power = ref.kind === "lines" ? this.frame.lineP[ref.index] : 0;
    if (!(Math.abs(power) > 1)) return 0;
    return power > 0 ? 1 : 2;
  }

  value(ref) {
    const f = this.frame;
    if (!f) return null;
    if (ref.kind === "nodes") return { pu: f.nodeVoltage[ref.index] };
    if (ref.kind === "lines") return { loading: f.lineLoading[ref.index], kw: f.lineP[ref.index] };
    if (ref.kind === "transformers") return { loading: f.transformerLoading[ref.index], kw: f.transformerP[ref.index] };
    return { position: SWITCH[f.switchState[ref.index] & 3], offNormal: isOffNormal(f.switchState[ref.index]) };
  }

  #violations() {
    const found = [];
    for (const [kind, field] of Object.entries(STATUS)) {
      this.frame[field].forEach((status, index) => violationOf(status) && found.push({ kind, index }));
    }
    const excess = (ref) => { const v = this.value(ref); return v.loading === undefined ? Math.abs(v.pu - 1) * 4 : v.loading - 1; };
    return found.sort((a, b) => this.priority(a) - this.priority(b) || excess(b) - excess(a));
  }

  #markers() {
    const seen = new Map(this.violations.map((ref) => [this.model.mrid(ref), ref]));
    for (const [mrid, alarm] of this.priorities) {
      const gone = alarm.state === "returned" && alarm.priority > 2;  // nothing is wrong there any more
      if (this.model.byMrid.has(mrid) && !gone) seen.set(mrid, this.model.byMrid.get(mrid));
    }
    return [...seen].map(([mrid, ref]) => {
      const alarm = this.priorities.get(mrid);
      const priority = alarm?.priority ?? this.priority(ref);
      return { ref, priority, state: alarm?.state ?? "acknowledged", badge: BADGE[this.violation(ref)] };
    });
  }

  #count() {
    const tally = { live: 0, dead: 0, unobservable: 0, unknown: 0, measured: 0, estimated: 0, pseudo: 0, stale: 0 };
    const supply = ["unknown", "live", "dead", "unobservable"];
    const provenance = [null, "measured", "estimated", "pseudo", "stale"];
    for (const status of this.frame.nodeStatus) {
      tally[supply[supplyOf(status)]] += 1;
      const mark = provenance[provenanceOf(status)];
      if (mark) tally[mark] += 1;
    }
    return tally;
  }
}
