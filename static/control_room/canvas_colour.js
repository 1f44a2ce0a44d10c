/** A colour that a canvas understands, from tokens. */
export function canvasColour(box, value) {
  const probe = document.createElement("span");
  probe.style.color = value;
  box.append(probe);
  const shown = getComputedStyle(probe).color;
  probe.remove();
  return shown;
}
