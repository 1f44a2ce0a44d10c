import { colours } from "./colours.js";
import { CanvasMap } from "./map_canvas.js";
import { GlMap, canDraw } from "./map_gl.js";

/** The map that this browser can draw, in the theme of now and of later. */
export async function makeView(options) {
  const all = { ...options, colours: colours() };
  const view = canDraw() ? new GlMap(all) : new CanvasMap(all);
  await view.ready;
  view.retheme(colours());  // the theme may have changed meanwhile
  addEventListener("themechange", () => view.retheme(colours()));
  return view;
}
