/* Numbers: how they are unpacked, written and put on an axis. */

const PRECISION = 6;
const OVERDRAWN = 3;
const MARKS = Array.from(document.querySelectorAll(".defined path"), (path) => path.getAttribute("d"));
const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

function element(name, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function unpack({ type, data }) {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return type === "f4" ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
}

const superscript = (exponent) => [...String(exponent)].map((letter) => SUPERSCRIPTS[letter]).join("");
const decade = (n) => (n === 0 ? "1" : n === 1 ? "10" : `10${superscript(n)}`);
const minus = (text) => text.replace("-", "−");

function written(value, digits = PRECISION) {
  if (!Number.isFinite(value)) return "–";
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    return `${minus(String(Number(mantissa)))}\u202f×\u202f10${superscript(Number(exponent))}`;
  }
  return minus(String(Number(value.toPrecision(digits))));
}

const SCALES = {
  linear: () => ({ to: (v) => v, from: (u) => u, ticks: linearTicks }),
  log: () => ({ to: (v) => (v > 0 ? Math.log10(v) : NaN), from: (u) => 10 ** u, ticks: logTicks }),
  symlog: (edge) => ({
    to: (v) => Math.asinh(v / edge),
    from: (u) => edge * Math.sinh(u),
    ticks: (a, b, count) => symlogTicks(a, b, count, edge),
  }),
};

/* Ticks from a to b in the units of the scale: their places, their labels, and a power of ten for all of them. */
function linearTicks(a, b, count) {
  const raw = (b - a) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].find((n) => n * power >= raw * 0.999) * power;
  const size = Math.max(Math.abs(a), Math.abs(b));
  const exponent = size >= 1e5 || size < 1e-2 ? Math.floor(Math.log10(size)) : 0;
  const decimals = clamp(Math.ceil(-Math.log10(step) + exponent - 1e-9) + (/^2\.5/.test(step.toExponential(3)) ? 1 : 0), 0, 12);
  const ticks = [];
  for (let n = Math.ceil(a / step - 1e-9); n * step <= b + 1e-9 * (b - a) && ticks.length < 100; n++) {
    ticks.push({ at: n * step, text: minus((n * step / 10 ** exponent).toFixed(decimals)) });
  }
  return { ticks, factor: exponent ? `× 10${superscript(exponent)}` : "" };
}

function logTicks(a, b, count) {
  const stride = Math.max(1, Math.ceil((b - a) / Math.max(count, 1)));
  const ticks = [];
  for (let n = Math.ceil(a / stride - 1e-9) * stride; n <= b + 1e-9; n += stride) {
    ticks.push({ at: n, text: decade(n) });
  }
  if (ticks.length > 1) return { ticks, factor: "" };
  const inner = linearTicks(10 ** a, 10 ** b, count);
  return { ticks: inner.ticks.filter((tick) => tick.at > 0).map((tick) => ({ ...tick, at: Math.log10(tick.at) })), factor: inner.factor };
}

function symlogTicks(a, b, count, edge) {
  const unit = Math.round(Math.log10(edge));
  const reach = Math.log10(Math.max(Math.abs(edge * Math.sinh(a)), Math.abs(edge * Math.sinh(b)), edge));
  const stride = Math.max(1, Math.ceil((2 * (reach - unit)) / count));
  const ticks = [{ at: 0, text: "0" }];
  for (let n = unit; n <= reach + 1e-9; n += stride) {
    for (const sign of [1, -1]) {
      const at = Math.asinh((sign * 10 ** n) / edge);
      if (at >= a && at <= b) ticks.push({ at, text: `${sign < 0 ? "−" : ""}${decade(n)}` });
    }
  }
  return { ticks: ticks.filter((tick) => tick.at >= a && tick.at <= b), factor: "" };
}
