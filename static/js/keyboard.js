import { byId } from "./dom.js";

const bindings = new Map();
export const bind = (key, action) => bindings.set(key, action);

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]");

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) && event.key !== "Escape") return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  const action = bindings.get(event.key);
  if (!action) return;
  event.preventDefault();
  action(event);
}

export function startKeyboard() {
  const keys = byId("keys");
  const toggle = () => (keys.open ? keys.close() : keys.show());
  bind("?", toggle);
  bind("Escape", () => { keys.close(); document.activeElement?.blur(); });
  byId("show-keys").addEventListener("click", toggle);
  byId("hide-keys").addEventListener("click", () => keys.close());
  addEventListener("keydown", onKey);
}
