import { colours } from "./colours.js";
import { CanvasMap } from "./map_canvas.js";
import { GlMap, canDraw } from "./map_gl.js";

const MOST_IN_SOFTWARE = 12_000;  // elements: with more, a browser without a graphics card draws less than 30 frames a second
const SOFTWARE = /swiftshader|llvmpipe|software|basic render/i;

function isSoftware() {
  const gl = document.createElement("canvas").getContext("webgl2");
  const info = gl?.getExtension("WEBGL_debug_renderer_info");
  const name = gl ? gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER) : "";
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return SOFTWARE.test(name);
}

const isTooMuch = (model) => ["nodes", "lines", "transformers", "switches"].reduce((sum, kind) => sum + model.count(kind), 0) > MOST_IN_SOFTWARE;

/** The map that this browser can draw well, in the theme of now and of later. */
export async function makeView(options) {
  const shade = options.shade ?? ((plain) => plain);
  const own = () => shade({ ...colours(), ...(options.rem ? { rem: options.rem } : {}) });
  const all = { ...options, colours: own() };
  const view = canDraw() && !(isTooMuch(options.model) && isSoftware()) ? new GlMap(all) : new CanvasMap(all);
  await view.ready;
  view.retheme(own());  // the theme may have changed meanwhile
  addEventListener("themechange", () => view.retheme(own()));
  return view;
}
