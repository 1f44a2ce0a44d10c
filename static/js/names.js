/** The standard's class names as words an operator says. */
const CLASSES = {
  ACLineSegment: "Line", PowerTransformer: "Transformer", ConnectivityNode: "Node", Substation: "Substation",
  VoltageLevel: "Voltage level", Breaker: "Breaker", Disconnector: "Disconnector", LoadBreakSwitch: "Load-break switch",
  Fuse: "Fuse", Recloser: "Recloser", EnergyConsumer: "Consumer", EnergySource: "Supply", BatteryUnit: "Battery",
  PhotoVoltaicUnit: "Photovoltaic", PowerElectronicsWindUnit: "Wind", LinearShuntCompensator: "Capacitor", Feeder: "Feeder",
  GeneratingUnit: "Generator", SynchronousMachine: "Generator", AsynchronousMachine: "Motor", UsagePoint: "Usage point",
};
const QUANTITIES = {
  voltage: "Voltage", active_power: "Active power", reactive_power: "Reactive power", current: "Current", loading: "Loading",
  switch_state: "Position", tap_position: "Tap position", voltage_angle: "Voltage angle", apparent_power: "Apparent power",
};
const SIDES = { from: "from end", to: "to end", high: "high side", low: "low side" };

const spaced = (name) => name.replaceAll("_", " ").replace(/([a-z])([A-Z])/g, "$1 $2");
export const classWord = (name) => CLASSES[name] ?? spaced(name ?? "");
export const quantityWord = (name) => QUANTITIES[name] ?? spaced(name ?? "").replace(/^./, (c) => c.toUpperCase());
export const sideWord = (side) => SIDES[side] ?? spaced(side ?? "");

/** A path without the device's own name, which stands beside it. */
export function placeOf(path, name) {
  const steps = path.split(/\s+[/>›]\s+/).filter(Boolean);
  if (steps.at(-1) === name) steps.pop();
  return steps.join(" › ");
}
