/* What fingers, mouse and keys do with a chart. */
class Gestures {
  constructor(chart) {
    Object.assign(this, { chart, down: new Map(), start: null });
    const { plot } = chart;
    plot.addEventListener("pointerdown", (event) => this.press(event));
    plot.addEventListener("pointermove", (event) => this.move(event));
    plot.addEventListener("pointerup", (event) => this.release(event, true));
    plot.addEventListener("pointercancel", (event) => this.release(event, false));
    plot.addEventListener("pointerleave", () => { if (document.activeElement !== plot) chart.book.point(null); });
    plot.addEventListener("dblclick", () => chart.reset());
    plot.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    plot.addEventListener("keydown", (event) => this.key(event));
    plot.addEventListener("blur", () => chart.book.point(null));
  }

  place(event) {
    const frame = this.chart.plot.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  press(event) {
    if (event.button !== 0) return;
    this.down.set(event.pointerId, this.place(event));
    this.chart.plot.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") this.chart.hover(...this.place(event));
    this.start = this.down.size === 1 && event.pointerType !== "touch" ? { at: this.place(event), pan: event.shiftKey } : null;
  }

  move(event) {
    const { chart } = this, [x, y] = this.place(event), before = this.down.get(event.pointerId);
    if (this.down.size === 2 && before) this.pinch(event.pointerId, [x, y]);
    if (before) this.down.set(event.pointerId, [x, y]);
    if (this.down.size < 2) chart.hover(x, y);
    if (!this.start) return;
    if (this.start.pan) {
      chart.pan((before[0] - x) / chart.box.width, (y - before[1]) / chart.box.height);
    } else {
      const part = this.part([x, y]);
      if (part) for (const [key, value] of Object.entries({ x: part.x[0], y: part.y[0], width: part.x[1] - part.x[0], height: part.y[1] - part.y[0], visibility: "visible" })) chart.brush.setAttribute(key, value);
    }
  }

  /* The part of the axes that is marked: across or down only where the mouse has hardly moved the other way. */
  part([x, y]) {
    const { box } = this.chart, [x0, y0] = this.start.at;
    const wide = Math.abs(x - x0) > 8, high = Math.abs(y - y0) > 24 || (!wide && Math.abs(y - y0) > 8);
    if (!wide && !high) return null;
    const between = (a, b, low, size) => [clamp(Math.min(a, b), low, low + size), clamp(Math.max(a, b), low, low + size)];
    return {
      wide, high,
      x: wide ? between(x0, x, box.left, box.width) : [box.left, box.left + box.width],
      y: high ? between(y0, y, box.top, box.height) : [box.top, box.top + box.height],
    };
  }

  release(event, done) {
    const { chart } = this, part = this.start && !this.start.pan && done && this.part(this.place(event));
    this.down.delete(event.pointerId);
    this.start = null;
    chart.brush?.setAttribute("visibility", "hidden");
    if (part) chart.show(part.x.map((x) => chart.uAt(x)), part.high ? [chart.vAt(part.y[1]), chart.vAt(part.y[0])] : chart.own.y);
  }

  pinch(id, now) {
    const { chart } = this, before = this.down.get(id);
    const other = [...this.down].find(([key]) => key !== id)[1];
    const apart = ([x, y]) => Math.max(20, Math.hypot(x - other[0], y - other[1]));
    chart.zoom(apart(before) / apart(now), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    chart.pan((before[0] - now[0]) / 2 / chart.box.width, (now[1] - before[1]) / 2 / chart.box.height);
  }

  /* The wheel scrolls the page, unless the chart has been clicked or Ctrl is held, as a pinch on a touchpad does. */
  wheel(event) {
    if (!event.ctrlKey && document.activeElement !== this.chart.plot) return;
    event.preventDefault();
    this.chart.zoom(Math.exp(clamp(event.deltaY, -300, 300) * 0.002), ...this.place(event));
  }

  key(event) {
    const { chart } = this;
    const walk = (sign) => (event.shiftKey ? chart.pan(sign * 0.1, 0) : chart.walk(sign));
    const zoom = (factor) => chart.zoom(factor, ...chart.tipAt ?? this.middle());
    const actions = {
      ArrowLeft: () => walk(-1),
      ArrowRight: () => walk(1),
      "+": () => zoom(0.7),
      "=": () => zoom(0.7),
      "-": () => zoom(1 / 0.7),
      0: () => chart.reset(),
      Escape: () => chart.reset(),
    };
    if (!actions[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    actions[event.key]();
  }

  middle() {
    const { box } = this.chart;
    return [box.left + box.width / 2, box.top + box.height / 2];
  }
}
