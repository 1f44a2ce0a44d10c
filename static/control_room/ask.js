import { byId, setText } from "../js/dom.js";

/** One question with a text; resolves to the text, or to "" when it is cancelled. */
export function ask({ title, label, text, yes }) {
  const dialog = byId("ask");
  setText(byId("ask-title"), title);
  setText(byId("ask-label"), label);
  setText(byId("ask-yes"), yes);
  byId("ask-text").value = text;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? byId("ask-text").value.trim() : ""), { once: true });
  });
}
