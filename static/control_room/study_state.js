import { GridState } from "./grid_state.js";

/** A computed state on the map: what is beyond its limits stands out by strength, never in the colours of alarms. */
export class StudyState extends GridState {
  derive() {
    super.derive();
    this.priorities = new Map();
    this.markers = [];
  }

  priority(ref) { return this.violation(ref) ? 1 : 0; }
}

export const withoutAlarmColours = (c) => ({ ...c, p1: c.text, p2: c.text, p3: c.text, p4: c.text });
