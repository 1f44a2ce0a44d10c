import { postForm } from "./api.js";
import { byId, say } from "./dom.js";

const ORDER = ["dark", "light", "auto"];
const root = document.documentElement;

function apply(theme) {
  root.dataset.theme = theme;
  byId("theme-name").textContent = theme;
  dispatchEvent(new CustomEvent("themechange", { detail: theme }));
}

async function change() {
  const theme = ORDER[(ORDER.indexOf(root.dataset.theme) + 1) % ORDER.length];
  apply(theme);
  localStorage.setItem("gridops-theme", theme);
  try {
    const response = await postForm(byId("theme").dataset.url, { theme });
    if (!response.ok) throw new Error();
  } catch {
    say("The theme could not be saved; it holds for this browser only.");
  }
}

export function startTheme() {
  byId("theme").addEventListener("click", change);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => apply(root.dataset.theme));
  addEventListener("storage", (event) => event.key === "gridops-theme" && event.newValue && apply(event.newValue));
}
