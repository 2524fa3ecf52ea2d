/* A chart, drawn as SVG. Colours and dashes are the style sheet's; text is only ever set as text, never as markup. */

const moved = ([a, b], by) => [a + by * (b - a), b + by * (b - a)];
const scaled = ([a, b], at, factor) => [at - (at - a) * factor, at + (b - at) * factor];

class Chart {
  constructor(node, spec, book) {
    Object.assign(this, { node, spec, book, plot: node.querySelector(".plot"), tip: node.querySelector(".tip") });
    this.xScale = SCALES[spec.link === "time" && book.time.logarithmic ? "log" : "linear"]();
    this.yScale = SCALES[spec.y_scale](spec.linear_up_to);
    this.series = spec.series.map((entry) => ({ ...entry, table: book.tables[entry.table], shown: true }));
    this.own = { x: null, y: null };
    this.link = spec.link ? (book.links[spec.link] ??= { x: null, charts: [] }) : { x: null, charts: [] };
    this.link.charts.push(this);
    this.svg = element("svg", { "aria-hidden": "true" });
    this.plot.prepend(this.svg);
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.plot);
  }

  /* Whether it is about times, which have a cursor in common. */
  get time() {
    return this.spec.link === "time";
  }

  listen() {
    this.keys = [...this.node.querySelectorAll(".key")];
    this.keys.forEach((key, i) => key.addEventListener("click", (event) => this.toggle(i, event.shiftKey || event.altKey)));
    this.node.querySelector(".reset").addEventListener("click", () => this.reset());
    new Gestures(this);
  }

  toggle(i, alone) {
    const others = this.series.some((entry, j) => j !== i && entry.shown);
    if (alone) this.series.forEach((entry, j) => { entry.shown = j === i || !others; });
    else this.series[i].shown = !this.series[i].shown;
    this.keys.forEach((key, j) => key.setAttribute("aria-pressed", String(this.series[j].shown)));
    this.draw();
  }

  /* Ranges in the units of the scales. */

  homeX() {
    if (this.spec.link === "time") return this.book.time.limits.map(this.xScale.to);
    let low = Infinity, high = -Infinity;
    for (const { table: { x } } of this.series) {
      low = Math.min(low, x[0]);
      high = Math.max(high, x[x.length - 1]);
    }
    const margin = Math.max(0.5, 0.015 * (high - low));
    return [low - margin, high + margin];
  }

  rangeX() {
    return this.link.x ?? this.homeX();
  }

  rangeY() {
    if (this.own.y) return this.own.y;
    const [a, b] = this.rangeX().map(this.xScale.from);
    return this.extent(this.series.filter((entry) => entry.shown), a, b, 0.06);
  }

  extent(series, a, b, margin) {
    let low = Infinity, high = -Infinity;
    const include = (value) => {
      const v = this.yScale.to(value);
      if (v < low) low = v;
      if (v > high) high = v;
    };
    for (const { table, column, band, role } of series) {
      for (const [source, which] of [[table, column], ...(band ? [1, 2].map((i) => [this.book.tables[band[0]], band[i]]) : [])]) {
        const { x, columns } = source;
        if (!x.length) continue;
        for (let i = x[0] >= a ? 0 : source.before(a) + 1; i < x.length && x[i] <= b; i++) include(columns[which][i]);
        if (role !== "points") for (const end of [a, b]) include(source.read(which, end));
      }
    }
    for (const mark of this.spec.marks) if (mark.axis === "y") include(mark.at);
    return low > high ? [0, 1] : this.widened(low, high, margin);
  }

  widened(low, high, margin) {
    const size = Math.max(Math.abs(low), Math.abs(high));
    if (this.spec.y_scale === "log") {
      if (high - low < 2) [low, high] = [(low + high) / 2 - 1, (low + high) / 2 + 1];
    } else if (high - low < 1e-12 * size || size === 0) {
      [low, high] = [low - (size || 1) / 2, high + (size || 1) / 2];
    }
    return [low - margin * (high - low), high + margin * (high - low)];
  }

  get zoomed() {
    return Boolean(this.own.y || this.link.x);
  }

  /* Show a part; null stands for all of it. */
  show(x, y) {
    this.own.y = y;
    this.link.x = x && this.within(x, this.homeX());
    this.link.charts.forEach((chart) => chart.draw());
  }

  within([a, b], [low, high]) {
    const span = clamp(b - a, 1e-9 * (high - low), high - low), start = clamp(a, low, high - span);
    return span >= (high - low) * (1 - 1e-9) ? null : [start, start + span];
  }

  reset() {
    this.link.charts.forEach((chart) => { chart.own.y = null; });
    this.show(null, null);
  }

  /* Zoom about a place in pixels. */
  zoom(factor, px) {
    this.show(scaled(this.rangeX(), this.uAt(px), factor), this.own.y);
  }

  pan(dx, dy) {
    this.show(moved(this.rangeX(), dx), this.own.y && moved(this.rangeY(), dy));
  }

  uAt(px) {
    const [a, b] = this.rangeX();
    return a + ((px - this.box.left) / this.box.width) * (b - a);
  }

  vAt(py) {
    const [a, b] = this.rangeY();
    return b - ((py - this.box.top) / this.box.height) * (b - a);
  }

  /* Drawing */

  draw() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      if (this.plot.clientWidth) this.render();
    });
  }

  render() {
    const width = this.plot.clientWidth, height = this.plot.clientHeight;
    const left = width < 480 ? 50 : 62;
    const top = this.spec.y_label ? 18 : 8;
    this.box = { left, top, width: width - left - 10, height: height - top - 38 };
    const { box } = this, [a, b] = this.rangeX(), [c, d] = this.rangeY();
    this.px = (x) => box.left + ((this.xScale.to(x) - a) / (b - a)) * box.width;
    this.py = (y) => box.top + ((d - this.yScale.to(y)) / (d - c)) * box.height;
    const clip = `clip-${this.spec.key}`;
    const content = element("g", { "clip-path": `url(#${clip})` });
    this.svg.replaceChildren(
      element("defs", {}, element("clipPath", { id: clip }, element("rect", { x: box.left, y: box.top, width: box.width, height: box.height }))),
      ...this.axes([a, b], [c, d]),
      content,
    );
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.drawCurves(content);
    this.cursorLayer = element("g", { class: "cursor" });
    this.brush = element("rect", { class: "brush", visibility: "hidden" });
    this.svg.append(this.cursorLayer, this.brush);
    this.node.querySelector(".reset").hidden = !this.zoomed;
    if (this.book.cursor) this.point(this.book.cursor);
  }

  axes([a, b], [c, d]) {
    const { box } = this, parts = [];
    const across = this.xScale.ticks(a, b, box.width / (this.xScale.to(10) === 1 ? 46 : 80));
    const down = this.yScale.ticks(c, d, box.height / 42);
    const bottom = box.top + box.height;
    for (const { at, text } of across.ticks) {
      const x = box.left + ((at - a) / (b - a)) * box.width;
      parts.push(element("line", { class: "grid", x1: x, x2: x, y1: box.top, y2: bottom }));
      parts.push(element("text", { class: "tick x", x, y: bottom + 15 }, text));
    }
    for (const { at, text } of down.ticks) {
      const y = box.top + ((d - at) / (d - c)) * box.height;
      parts.push(element("line", { class: "grid", x1: box.left, x2: box.left + box.width, y1: y, y2: y }));
      parts.push(element("text", { class: "tick y", x: box.left - 7, y: y + 3.5 }, text));
    }
    parts.push(element("path", { class: "frame", d: `M${box.left} ${box.top}V${bottom}H${box.left + box.width}` }));
    const names = this.names();
    const shown = (name, room) => (name.length > room ? `${name.slice(0, room / 2)}…${name.slice(-room / 2)}` : name);
    const xName = [shown(names[0], box.width / 9), across.factor && `(${across.factor})`].filter(Boolean).join("  ");
    const yName = [shown(names[1], box.width / 9), down.factor && `(${down.factor})`].filter(Boolean).join("  ");
    parts.push(element("text", { class: "name x", x: box.left + box.width, y: bottom + 32 }, xName));
    parts.push(element("text", { class: "name y", x: 2, y: 10 }, yName));
    return parts;
  }

  names() {
    return [this.spec.x_label, this.spec.y_label];
  }

  drawCurves(content) {
    const { box, book, spec } = this, bottom = box.top + box.height;
    if (spec.link === "time") {
      if (book.time.stop !== null) {
        const x = this.px(book.time.stop), width = Math.max(0, box.left + box.width - x);
        content.append(element("rect", { class: "beyond", x, y: box.top, width, height: box.height }));
        content.append(element("line", { class: "stop", x1: x, x2: x, y1: box.top, y2: bottom }));
        if (width > 50) content.append(element("text", { class: "label", x: x + 5, y: bottom - 9 }, "stopped"));
      }
      this.drawEdges(content, bottom);
    }
    let free = -Infinity;
    for (const { axis, at, label } of spec.marks) {
      const x = this.px(at), y = this.py(at);
      content.append(axis === "y"
        ? element("line", { class: "mark", x1: box.left, x2: box.left + box.width, y1: y, y2: y })
        : element("line", { class: "mark", x1: x, x2: x, y1: box.top, y2: bottom }));
      content.append(axis === "y"
        ? element("text", { class: "label end", x: box.left + box.width - 4, y: y < box.top + 16 ? y + 14 : y - 5 }, label)
        : element("text", { class: "label", x: x + 4, y: box.top + 12 }, x > free ? label : ""));
      if (axis === "x" && x > free && x >= box.left) free = x + 8 + 7 * label.length;
    }
    const shown = this.series.filter((entry) => entry.shown);
    for (const entry of shown) if (entry.band) content.append(this.band(entry));
    shown.sort((one, other) => (other.role === "aside") - (one.role === "aside"));
    for (const entry of shown) content.append(entry.role === "points" ? this.points(entry) : this.line(entry));
    if (shown.length > 1 && shown.length < 13) for (const entry of shown) if (entry.role === "line" && !this.crowded(entry.table)) content.append(this.markers(entry));
  }

  /* The ends of the windows as ticks along the axis, or every so many of them. */
  drawEdges(content, bottom) {
    const inside = [...this.book.edges].map(this.px).filter((x) => x >= this.box.left && x <= this.box.left + this.box.width);
    const stride = Math.ceil(inside.length / (this.box.width / 5));
    const path = inside.filter((_, i) => i % stride === 0).map((x) => `M${x.toFixed(1)} ${bottom}v-6`).join("");
    content.append(element("path", { class: "edges", d: path }));
  }

  trace(table, column, pen = new Pen()) {
    const [a, b] = this.rangeX().map(this.xScale.from), { x, columns } = table, y = columns[column];
    if (x.length === 1) pen.add(this.px(x[0]), this.py(y[0]));
    for (let i = table.before(a); i < x.length - 1 && x[i] <= b; i++) {
      const from = this.px(x[i]), to = this.px(x[i + 1]);
      pen.add(from, this.py(y[i]));
      if (table.step) pen.add(to, this.py(y[i]));
      if (table.slopes && to - from > 2) {
        const begin = clamp(from, this.box.left - 5, to), end = clamp(to, from, this.box.left + this.box.width + 5);
        const pieces = Math.ceil((end - begin) / 2.5);
        for (let j = 1; j < pieces; j++) {
          const at = begin + ((end - begin) * j) / pieces;
          pen.add(at, this.py(table.between(column, i, this.xScale.from(this.uAt(at)))));
        }
      }
      if (i === x.length - 2 || x[i + 1] > b) pen.add(to, this.py(y[i + 1]));
    }
    return pen.end();
  }

  line(entry) {
    const index = this.series.indexOf(entry);
    return element("path", { class: `curve ${entry.role} look-${entry.look % 6} dash-${Math.floor(entry.look / 6) % 3}`, "data-series": index, d: this.trace(entry.table, entry.column) });
  }

  band(entry) {
    const [key, low, high] = entry.band, table = this.book.tables[key];
    const back = this.trace(table, low).split(/(?=[ML])/).map((step) => step.slice(1)).reverse().join("L");
    return element("path", { class: `band look-${entry.look % 6}`, d: `${this.trace(table, high)}L${back}Z` });
  }

  points(entry) {
    const { table, column, look } = entry, group = element("g", { class: `points look-${look % 6}`, "data-series": this.series.indexOf(entry) });
    table.x.forEach((x, i) => {
      const place = `translate(${this.px(x).toFixed(1)} ${this.py(table.columns[column][i]).toFixed(1)})`;
      group.append(element("path", { class: "dot", d: MARKS[look % 6], transform: place }));
    });
    return group;
  }

  crowded({ x }) {
    const [a, b] = this.rangeX().map(this.xScale.from);
    return [...x].filter((at) => at >= a && at <= b).length > 2 * this.box.width;
  }

  /* A few markers on a curve, so that it is known without its colour. */
  markers(entry) {
    const group = element("g", { class: `markers look-${entry.look % 6}` });
    const count = clamp(Math.round(this.box.width / 120), 2, 9);
    for (let i = 0; i < count; i++) {
      const wanted = this.box.left + ((i + ((entry.look % 6) + 0.5) / 6) / count) * this.box.width;
      const at = entry.table.known(this.xScale.from(this.uAt(wanted)));
      const px = this.px(at), y = this.py(entry.table.read(entry.column, at));
      if (Number.isFinite(px + y)) group.append(element("path", { class: "dot", d: MARKS[entry.look % 6], transform: `translate(${px.toFixed(1)} ${y.toFixed(1)})` }));
    }
    return group;
  }

  /* The cursor: a place on the shared axis, shown in every chart that has it. */

  nearest(px) {
    return this.xScale.from(this.uAt(px));
  }

  hover(px, py) {
    const at = this.nearest(px, py);
    if (at !== null) this.book.point({ at, link: this.time ? "time" : this.spec.link, from: this });
  }

  /* One step of the cursor, to the right or (-1) to the left. */
  walk(sign) {
    const [a, b] = this.rangeX(), { cursor } = this.book;
    const at = cursor && cursor.from === this ? this.xScale.to(cursor.at) + (sign * (b - a)) / 100 : (a + b) / 2;
    this.hover(this.px(this.xScale.from(clamp(at, a, b))), 0);
  }

  point(cursor) {
    if (!this.cursorLayer) return;
    this.cursorLayer.replaceChildren();
    const mine = cursor && cursor.link === (this.time ? "time" : this.spec.link);
    if (this.tip) this.tip.hidden = !(mine && cursor.from === this);
    if (!mine) return;
    const rows = this.pointCurves(cursor.at);
    if (cursor.from === this) this.tell(cursor.at, rows);
  }

  pointCurves(at) {
    const { box } = this, px = this.px(at), rows = [];
    if (!(px >= box.left - 1 && px <= box.left + box.width + 1)) return rows;
    this.cursorLayer.append(element("line", { class: "hair", x1: px, x2: px, y1: box.top, y2: box.top + box.height }));
    this.series.forEach((entry, i) => {
      if (!entry.shown) return;
      const value = entry.table.read(entry.column, at);
      if (!Number.isFinite(value) || (entry.role === "points" && !this.near(entry.table, at))) return;
      const py = this.py(value);
      if (py >= box.top - 1 && py <= box.top + box.height + 1) this.cursorLayer.append(element("circle", { class: `here ${entry.role} look-${entry.look % 6}`, cx: this.px(entry.table.known(at)), cy: py, r: 4 }));
      rows.push([i, value]);
    });
    this.tipAt = [px, box.top];
    return rows;
  }

  near(table, at) {
    const i = table.before(at);
    return [i, i + 1].some((n) => n < table.x.length && Math.abs(this.px(table.x[n]) - this.px(at)) < 6);
  }

  /* The values at the cursor, beside it and for screen readers. */
  tell(at, rows) {
    const time = this.book.time, shown = this.time ? time.start + time.sign * at : at;
    const name = this.time ? "t" : this.spec.x_label;
    const digits = this.spec.y_scale === "log" ? 3 : PRECISION;
    const head = document.createElement("b");
    head.textContent = `${name} = ${this.time ? written(shown, 8) : Math.round(shown)}`;
    const list = rows.map(([i, value]) => {
      const row = document.createElement("span");
      row.className = "row";
      const number = document.createElement("output");
      number.textContent = written(value, digits);
      row.append(...this.key(i).map((part) => part.cloneNode(true)), number);
      return row;
    });
    this.tip.replaceChildren(head, ...list);
    this.tip.classList.toggle("many", rows.length > 10);
    const [x, y] = this.tipAt, width = this.tip.offsetWidth, room = this.plot.clientWidth;
    const left = x + 14 + width > room ? Math.max(0, x - 14 - width) : x + 14;
    this.tip.style.transform = `translate(${Math.min(left, Math.max(0, room - width)).toFixed(0)}px, ${Math.max(0, this.tipTop(y)).toFixed(0)}px)`;
    this.node.querySelector(".say").textContent = [head.textContent, ...rows.map(([i, value]) => `${this.series[i].name} ${written(value, 4)}`)].join(", ");
  }

  /* The name of a curve with its sign, for the tip. */
  key(i) {
    return [...this.keys[i].children];
  }

  tipTop() {
    return 14;
  }
}
