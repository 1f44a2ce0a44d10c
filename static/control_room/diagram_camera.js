/** Zoom and pan of one SVG group; calls back with what is seen. */
const LEAST = 0.05;
const MOST = 8;
const WHEEL = 0.0016;

export class Camera {
  constructor({ svg, world, bounds, onMove, interactive = true }) {
    Object.assign(this, { svg, world, bounds, onMove, k: 1, x: 0, y: 0, isFitted: true });
    new ResizeObserver(() => (this.isFitted ? this.fit() : this.#show())).observe(svg);
    if (interactive) this.#listen();
    this.fit();
  }

  get width() { return this.svg.clientWidth; }
  get height() { return this.svg.clientHeight; }

  #listen() {
    let grip = null;
    const at = (event) => { const box = this.svg.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
    this.svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * WHEEL), at(event));
    }, { passive: false });
    this.svg.addEventListener("pointerdown", (event) => { if (event.button === 0) grip = at(event); });
    addEventListener("pointerup", () => { grip = null; });
    addEventListener("pointermove", (event) => {
      if (!grip) return;
      const now = at(event);
      this.pan(now[0] - grip[0], now[1] - grip[1]);
      grip = now;
    });
  }

  fit() {
    const [left, top, right, bottom] = this.bounds;
    const k = Math.min(this.width / (right - left), this.height / (bottom - top), 1.6);
    this.k = Math.max(LEAST, k);
    this.x = (this.width - (left + right) * this.k) / 2;
    // A drawing that is flat stands near the top rather than in the middle of nothing.
    this.y = Math.min((this.height - (top + bottom) * this.k) / 2, 90 - top * this.k);
    this.isFitted = true;
    this.#show();
  }

  /** Wide enough to be read, from its upper left corner. */
  fitWidth() {
    const [left, top, right] = this.bounds;
    this.k = Math.max(LEAST, Math.min(this.width / (right - left), 1.6));
    this.x = (this.width - (left + right) * this.k) / 2;
    this.y = -top * this.k;
    this.isFitted = false;
    this.#show();
  }

  zoom(factor, [px, py] = [this.width / 2, this.height / 2]) {
    const k = Math.min(MOST, Math.max(LEAST, this.k * factor));
    this.x = px - ((px - this.x) * k) / this.k;
    this.y = py - ((py - this.y) * k) / this.k;
    this.k = k;
    this.isFitted = false;
    this.#show();
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.isFitted = false;
    this.#show();
  }

  /** Bring a spot into view, with some room around it. */
  reveal(x, y, room = 80) {
    const [px, py] = [x * this.k + this.x, y * this.k + this.y];
    const dx = Math.max(room - px, 0) || Math.min(this.width - room - px, 0);
    const dy = Math.max(room - py, 0) || Math.min(this.height - room - py, 0);
    if (dx || dy) this.pan(dx, dy);
  }

  centre(x, y, k = this.k) {
    this.k = Math.min(MOST, Math.max(LEAST, k));
    this.pan(this.width / 2 - x * this.k - this.x, this.height / 2 - y * this.k - this.y);
  }

  #show() {
    if (!this.width) return;
    this.world.setAttribute("transform", `translate(${this.x.toFixed(1)} ${this.y.toFixed(1)}) scale(${this.k.toFixed(4)})`);
    const { k, x, y } = this;
    this.onMove({ k, left: -x / k, top: -y / k, right: (this.width - x) / k, bottom: (this.height - y) / k });
  }
}
