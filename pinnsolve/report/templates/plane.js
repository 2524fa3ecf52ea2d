/* The plane of two states: one against the other, over a time that only the cursor tells. */
class Plane extends Chart {
  get time() {
    return true;
  }

  listen() {
    this.pair = this.spec.pair;
    super.listen();
    this.node.querySelectorAll("select").forEach((select, axis) => {
      select.value = this.pair[axis];
      select.addEventListener("change", () => {
        this.pair[axis] = Number(select.value);
        this.reset();
      });
    });
  }

  home(axis) {
    const ranges = this.pair.map((i) => this.series[i].extent ? this.widened(...this.series[i].extent, 0.1) : this.extent([this.series[i]], -Infinity, Infinity, 0.1));
    if (!this.spec.equal || !this.box) return ranges[axis];
    const unit = Math.max((ranges[0][1] - ranges[0][0]) / this.box.width, (ranges[1][1] - ranges[1][0]) / this.box.height);
    const middle = (ranges[axis][0] + ranges[axis][1]) / 2, half = (unit * (axis ? this.box.height : this.box.width)) / 2;
    return [middle - half, middle + half];
  }

  rangeX() {
    return this.own.x ?? this.home(0);
  }

  rangeY() {
    return this.own.y ?? this.home(1);
  }

  get zoomed() {
    return Boolean(this.own.x || this.own.y);
  }

  show(x, y) {
    this.own = { x, y };
    this.draw();
  }

  zoom(factor, px, py) {
    this.show(scaled(this.rangeX(), this.uAt(px), factor), scaled(this.rangeY(), this.vAt(py), factor));
  }

  pan(dx, dy) {
    this.show(moved(this.rangeX(), dx), moved(this.rangeY(), dy));
  }

  names() {
    return this.pair.map((i) => this.spec.symbols[i]);
  }

  /* Arrows of the field, the curve with heads along it, its two ends. */
  drawCurves(content) {
    this.path = this.points2d();
    if (this.spec.arrows) this.drawField(content);
    const pen = new Pen(), width = Math.ceil(this.plot.clientWidth), drawn = new Uint8Array(width * Math.ceil(this.plot.clientHeight));
    for (const [x, y] of this.path) {
      const pixel = Math.floor(y) * width + Math.floor(x);
      if (x >= 0 && x < width && drawn[pixel] === OVERDRAWN) pen.lift(); // an orbit that closes is not drawn a thousand times
      else {
        if (x >= 0 && x < width) drawn[pixel]++;
        pen.add(x, y);
      }
    }
    content.append(element("path", { class: "curve look-0", "data-series": 0, d: pen.end() }));
    this.drawHeads(content);
    if (!this.path.length) return;
    const [first, last] = this.book.time.backward ? [this.path.at(-1), this.path[0]] : [this.path[0], this.path.at(-1)];
    content.append(element("circle", { class: "begin", cx: first[0], cy: first[1], r: 5 }));
    content.append(element("rect", { class: "finish", x: last[0] - 4, y: last[1] - 4, width: 8, height: 8 }));
  }

  /* The curve of the plane in pixels, with the time of every point: close together where it can be seen. */
  points2d() {
    const [i, j] = this.pair, { table } = this.series[i], { x } = table, path = [];
    const place = (n, at) => [this.px(table.between(this.series[i].column, n, at)), this.py(table.between(this.series[j].column, n, at)), at];
    const nodes = Array.from(x, (at, n) => place(Math.min(n, Math.max(x.length - 2, 0)), at));
    const far = nodes.map((node, n) => (n ? Math.hypot(node[0] - nodes[n - 1][0], node[1] - nodes[n - 1][1]) : 0));
    const step = Math.max(3, far.reduce((sum, distance) => sum + Math.min(distance, 1000), 0) / 60000);
    const beside = (a, b, size, slack) => Math.max(a, b) < -slack || Math.min(a, b) > size + slack;
    nodes.forEach((node, n) => {
      path.push(node);
      const next = nodes[n + 1], distance = far[n + 1];
      if (!next || !table.slopes) return;
      const away = beside(node[0], next[0], this.plot.clientWidth, distance / 2) || beside(node[1], next[1], this.plot.clientHeight, distance / 2);
      const pieces = away ? 1 : clamp(Math.ceil(distance / step), x.length > 3000 ? 1 : 4, 500);
      for (let k = 1; k < pieces; k++) path.push(place(n, x[n] + ((x[n + 1] - x[n]) * k) / pieces));
    });
    return path;
  }

  drawField(content) {
    const { x, y, u, v, columns } = this.book.arrows[this.spec.key];
    const sx = this.px(1) - this.px(0), sy = this.py(1) - this.py(0);
    const every = Math.max(1, Math.round(20 / Math.abs((x[1] - x[0]) * sx)));
    let path = "";
    for (let n = 0; n < x.length; n++) {
      if ((n % columns) % every || Math.floor(n / columns) % every) continue;
      const px = this.px(x[n]), py = this.py(y[n]), length = Math.hypot(u[n] * sx, v[n] * sy);
      if (!(length > 0) || px < 0 || py < 0 || px > 4000 || py > 4000) continue;
      const dx = (7 * u[n] * sx) / length, dy = (7 * v[n] * sy) / length;
      const f = (value) => value.toFixed(1);
      path += `M${f(px - dx)} ${f(py - dy)}L${f(px + dx)} ${f(py + dy)}m${f(-0.55 * dx - 0.35 * dy)} ${f(-0.55 * dy + 0.35 * dx)}L${f(px + dx)} ${f(py + dy)}l${f(-0.55 * dx + 0.35 * dy)} ${f(-0.55 * dy - 0.35 * dx)}`;
    }
    content.append(element("path", { class: "field", d: path }));
  }

  /* Heads in the direction of the solve, one every so many pixels, none close to another. */
  drawHeads(content) {
    const placed = [], sign = this.book.time.backward ? -1 : 1;
    let since = 60;
    for (let n = 1; n < this.path.length; n++) {
      const [x, y] = this.path[n], dx = x - this.path[n - 1][0], dy = y - this.path[n - 1][1];
      since += Math.hypot(dx, dy);
      if (since < 130 || placed.length > 14 || Math.hypot(dx, dy) < 1e-6) continue;
      since = 0;
      if (placed.some(([a, b]) => Math.hypot(a - x, b - y) < 45)) continue;
      placed.push([x, y]);
      const angle = (Math.atan2(sign * dy, sign * dx) * 180) / Math.PI;
      content.append(element("path", { class: "head look-0", d: "M6 0L-5 4.5V-4.5z", transform: `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${angle.toFixed(1)})` }));
    }
  }

  nearest(px, py) {
    let best = null, least = Infinity;
    for (const [x, y, at] of this.path ?? []) {
      const distance = Math.hypot(x - px, y - py);
      if (distance < least) [least, best] = [distance, at];
    }
    return best;
  }

  walk(sign) {
    const { x } = this.series[0].table, [low, high] = [x[0], x[x.length - 1]];
    const at = (this.book.cursor?.at ?? low) + (sign * (high - low)) / 200;
    this.book.point({ at: clamp(at, low, high), link: "time", from: this });
  }

  pointCurves(at) {
    const values = this.pair.map((i) => this.series[i].table.read(this.series[i].column, at));
    const [x, y] = [this.px(values[0]), this.py(values[1])];
    if (Number.isFinite(x + y)) this.cursorLayer.append(element("circle", { class: "here look-0", cx: x, cy: y, r: 5.5 }));
    this.tipAt = [x, y];
    return this.pair.map((i, axis) => [i, values[axis]]);
  }

  key(i) {
    return this.book.names.get(this.series[i].name);
  }

  tipTop(y) {
    return y - 40;
  }
}
