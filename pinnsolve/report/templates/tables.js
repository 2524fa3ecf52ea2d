/* Curves: their numbers, and the paths that are drawn of them. */

/* Columns over one axis, ascending; between two points a cubic, a step or a straight line. */
class Table {
  constructor({ x, columns, slopes, step }) {
    this.x = unpack(x);
    this.columns = columns.map(unpack);
    this.slopes = slopes && slopes.map(unpack);
    this.step = step;
  }

  /* The last point at or before x. */
  before(x) {
    let low = 0, high = this.x.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.x[middle] <= x) low = middle; else high = middle;
    }
    return low;
  }

  between(column, i, x) {
    const y = this.columns[column], width = this.x[i + 1] - this.x[i];
    if (!(width > 0)) return y[i];
    const s = clamp((x - this.x[i]) / width, 0, 1), rise = y[i + 1] - y[i];
    if (!this.slopes) return y[i] + s * rise;
    const m = this.slopes[column];
    return y[i] + s * rise + s * (1 - s) * ((1 - s) * (m[i] * width - rise) - s * (m[i + 1] * width - rise));
  }

  /* Where something is known near x: everywhere on a cubic or a step, else at the nearest point. */
  known(x) {
    const n = this.x.length, i = this.before(x);
    if (this.slopes || this.step || n === 1) return n === 1 ? this.x[0] : x;
    return x - this.x[i] < this.x[i + 1] - x ? this.x[i] : this.x[i + 1];
  }

  /* What a reader is told: a value of the curve itself, not of the line that joins two of its points. */
  read(column, x) {
    const n = this.x.length, slack = 1e-9 * (this.x[n - 1] - this.x[0]);
    if (!n || !(x >= this.x[0] - slack && x <= this.x[n - 1] + slack)) return NaN;
    const at = this.known(x), i = this.before(at);
    if (this.slopes && n > 1) return this.between(column, i, at);
    return this.columns[column][n > 1 && at === this.x[i + 1] ? i + 1 : i];
  }
}

/* Writes a path; of the points in one column of pixels only the first, the outermost and the last. */
class Pen {
  constructor() {
    this.path = "";
    this.column = null;
  }

  add(x, y) {
    if (!Number.isFinite(x + y)) return this.lift();
    y = clamp(y, -9999, 9999);
    x = clamp(x, -9999, 9999);
    const column = Math.floor(x * 2);
    if (column !== this.column) {
      this.flush();
      this.put(x, y);
      Object.assign(this, { column, low: null, high: null, last: null });
    } else {
      if (!this.low || y < this.low[1]) this.low = [x, y];
      if (!this.high || y > this.high[1]) this.high = [x, y];
      this.last = [x, y];
    }
  }

  flush() {
    if (this.last) for (const point of new Set([this.low, this.high, this.last])) this.put(...point);
    this.last = null;
  }

  put(x, y) {
    this.path += `${this.path && this.down ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    this.down = true;
  }

  lift() {
    this.flush();
    this.column = null;
    this.down = false;
  }

  end() {
    this.flush();
    return this.path;
  }
}
