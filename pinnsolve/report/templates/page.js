/* The page: its numbers, and a chart for each place that is kept for one. */

const data = JSON.parse(document.getElementById("numbers").textContent);
document.documentElement.classList.add("scripted");
const book = {
  time: data.time,
  edges: unpack(data.time.edges),
  tables: Object.fromEntries(Object.entries(data.tables).map(([key, table]) => [key, new Table(table)])),
  arrows: {},
  names: new Map(),
  links: {},
  cursor: null,
  point(cursor) {
    this.cursor = cursor;
    this.charts.forEach((chart) => chart.point(cursor));
  },
};
for (const chart of data.charts) {
  if (chart.arrows) book.arrows[chart.key] = { ...chart.arrows, ...Object.fromEntries(["x", "y", "u", "v"].map((key) => [key, unpack(chart.arrows[key])])) };
}
for (const key of document.querySelectorAll(".key[data-name]")) if (!book.names.has(key.dataset.name)) book.names.set(key.dataset.name, [...key.children]);
book.charts = data.charts.map((spec) => new (spec.plane ? Plane : Chart)(document.getElementById(`chart-${spec.key}`), spec, book));
