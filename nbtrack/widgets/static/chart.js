// A chart: draws the figure of the model with plotly.js, in the colours of the page.
//
// Updates are drawn at most once a frame, from the figure as it then is: a page that is slow skips
// states instead of queueing them. All text goes in as text.

const ARRAYS = {
  f4: Float32Array, f8: Float64Array, i1: Int8Array, i2: Int16Array, i4: Int32Array,
  u1: Uint8Array, u2: Uint16Array, u4: Uint32Array,
};
const LIBRARY_SECONDS = 5;
const ZOOM_DELAY = 150;
const TABLE_DELAY = 1000;
const MOST_ROWS = 500;
const CONFIG = { responsive: false, displaylogo: false, typesetMath: false };

// --- figures ---------------------------------------------------------------------------------

function typed(view, kind) {
  const start = view.byteOffset ?? 0;
  const bytes = (view.buffer ?? view).slice(start, start + view.byteLength); // aligned
  return new ARRAYS[kind](bytes);
}

function unpacked(part) {
  if (Array.isArray(part)) return part.map(unpacked);
  if (part === null || typeof part !== "object") return part;
  if (!(part.dtype && part.buffer)) {
    return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, unpacked(value)]));
  }
  const array = typed(part.buffer, part.dtype);
  if (!part.shape) return array;
  const [rows, columns] = part.shape;
  return Array.from({ length: rows }, (_, row) =>
    array.subarray(row * columns, (row + 1) * columns));
}

function joined(before, keep, more) {
  const whole = new Float64Array(keep + more.length);
  whole.set(Array.prototype.slice.call(before ?? [], 0, keep));
  whole.set(more, keep);
  return whole;
}

function extend(figure, message, buffers) {
  message.tails.forEach(({ trace, keep }, place) => {
    const drawn = figure.data[trace];
    if (!drawn) return;
    drawn.x = joined(drawn.x, keep, typed(buffers[2 * place], "f8"));
    drawn.y = joined(drawn.y, keep, typed(buffers[2 * place + 1], "f8"));
  });
}

// --- plotly.js -------------------------------------------------------------------------------

// Its own model brings the library. Some front ends load that only when it is asked for, or never.
function library(model) {
  const place = slot(model.get("_plotly"));
  if (!place.asked) {
    model.widget_manager?.get_model?.(model.get("_library"))?.catch?.(() => {});
    setTimeout(() => place.asked || model.send({ type: "library", id: "library" }),
      LIBRARY_SECONDS * 1000);
  }
  return place.ready;
}

function receive(model, buffers) {
  const place = slot(model.get("_plotly"));
  if (place.asked) return;
  place.asked = true;
  unpack(buffers[0], model.widget_manager).then(place.resolve, place.reject);
}

// --- colours ---------------------------------------------------------------------------------

function rgba(colour) {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data];
}

const css = ([r, g, b, a]) => `rgba(${r},${g},${b},${(a / 255).toFixed(3)})`;
const isLight = ([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b > 127;

// The colours of the page, read off an element that the style sheet paints with them.
function pageColours(probe) {
  const style = getComputedStyle(probe);
  const ink = rgba(style.color);
  return {
    name: isLight(ink) ? "dark" : "light",
    ink: css(ink),
    ground: css(rgba(style.backgroundColor)),
    line: css(rgba(style.borderTopColor)),
  };
}

function exchanged(part, colours) {
  if (typeof part === "string") {
    const found = part[0] === "#" && colours.get(part.slice(0, 7).toUpperCase());
    return found ? found + part.slice(7) : part;
  }
  if (Array.isArray(part)) return part.map((value) => exchanged(value, colours));
  if (part === null || typeof part !== "object" || ArrayBuffer.isView(part)) return part;
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => [name, exchanged(value, colours)]));
}

const POINTS = new Set(["x", "y", "z", "text", "ids", "customdata", "hovertemplate", "name"]);

function inPageColours(figure, themes, page) {
  const old = themes[figure.layout.meta?.theme];
  if (!old || figure.layout.meta.theme === page.name) return figure;
  const colours = new Map(old.map((colour, place) =>
    [colour.toUpperCase(), themes[page.name][place]]));
  const data = figure.data.map((trace) => Object.fromEntries(Object.entries(trace).map(
    ([name, value]) => [name, POINTS.has(name) ? value : exchanged(value, colours)])));
  return { data, layout: exchanged(figure.layout, colours) };
}

function themedLayout(layout, page, size) {
  const clear = "rgba(0,0,0,0)";
  const whole = {
    margin: { l: 56, r: 20, t: 44, b: 44 },
    uirevision: "kept",
    ...layout,
    ...size,
    autosize: false,
    paper_bgcolor: clear,
    plot_bgcolor: clear,
    font: { size: 12, ...layout.font, color: page.ink },
    hoverlabel: {
      ...layout.hoverlabel, bgcolor: page.ground, bordercolor: page.line,
      font: { ...layout.hoverlabel?.font, color: page.ink },
    },
    modebar: { ...layout.modebar, bgcolor: clear, color: page.ink, activecolor: page.ink },
  };
  if (layout.legend) whole.legend = { ...layout.legend, bgcolor: clear };
  const names = Object.keys(layout).filter((name) => /^[xy]axis\d*$/.test(name));
  for (const name of new Set(["xaxis", "yaxis", ...names])) {
    const axis = layout[name] ?? {};
    const lines = { gridcolor: page.line, zerolinecolor: page.line, linecolor: page.line };
    whole[name] = layout.meta?.theme ? { automargin: true, ...axis } :
      { automargin: true, ...axis, ...lines };
  }
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) whole.transition = { duration: 0 };
  return whole;
}

// --- words -----------------------------------------------------------------------------------

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Plotly's texts have a few tags and entities; what is left without them is what a person reads.
function words(text) {
  const plain = String(text ?? "").replace(/<br\s*\/?>/gi, " ")
    .replace(/<\/?(a|b|em|i|s|span|strong|sub|sup|u)(\s[^>]*)?>/gi, "").replaceAll("<", "&lt;");
  return new DOMParser().parseFromString(plain, "text/html").documentElement.textContent.trim();
}

// Lab has keys of its own, such as D D, which deletes the cell.
function keepKeys(root) {
  root.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  });
}

function description(figure) {
  const { meta, title } = figure.layout;
  return String(meta?.alt ?? "") || words(title?.text ?? title) || "Chart";
}

const cellText = (value) =>
  typeof value === "number" && !Number.isInteger(value) ? String(+value.toPrecision(6)) :
    value === undefined || value === null ? "" : String(value);

function columnsOf(trace) {
  if (trace.dimensions) return trace.dimensions.map((d) => [words(d.label), d.values ?? []]);
  const found = ["x", "y", "labels", "values"].filter((name) => trace[name]?.length);
  return found.map((name) => [name, trace[name]]);
}

function dataTable(figure) {
  const table = element("table", "nbtrack-chart-data");
  let left = MOST_ROWS, missing = 0;
  figure.data.forEach((trace, number) => {
    const columns = columnsOf(trace);
    const length = Math.max(0, ...columns.map(([, values]) => values.length));
    const rows = Math.min(length, left);
    missing += length - rows;
    left -= rows;
    if (!rows) return;
    const body = table.appendChild(element("tbody"));
    const head = body.appendChild(element("tr"));
    for (const name of [words(trace.name) || `trace ${number + 1}`, ...columns.map(([n]) => n)]) {
      const cell = head.appendChild(element("th", "", name));
      cell.scope = "col";
    }
    for (let row = 0; row < rows; row++) {
      const line = body.appendChild(element("tr"));
      const name = line.appendChild(element("th", "", String(row + 1)));
      name.scope = "row";
      for (const [, values] of columns) line.append(element("td", "", cellText(values[row])));
    }
  });
  if (missing) {
    table.createCaption().textContent =
      `The first ${MOST_ROWS} points; ${missing.toLocaleString("en")} more are left out.`;
  }
  return table;
}

// --- the view --------------------------------------------------------------------------------

let views = 0;

class View {
  constructor(model, el, live) {
    Object.assign(this, { model, live, frame: 0, drawn: false, ended: false });
    this.root = el.appendChild(element("div", "nbtrack-chart"));
    this.probe = this.root.appendChild(element("i", "nbtrack-probe"));
    this.status = this.root.appendChild(element("div", "nbtrack-chart-status"));
    this.plot = this.root.appendChild(element("div", "nbtrack-chart-plot", "Loading the chart…"));
    this.error = this.root.appendChild(element("div", "nbtrack-error"));
    this.error.setAttribute("role", "alert");
    this.makeTable();
    keepKeys(this.root);
    this.watch();
    this.showStatus();
    this.showError();
  }

  makeTable() {
    const id = `nbtrack-data-${++views}`;
    this.button = this.root.appendChild(element("button", "nbtrack-button", "Data table"));
    this.button.type = "button";
    this.button.setAttribute("aria-controls", id);
    this.button.setAttribute("aria-expanded", "false");
    this.button.onclick = () => this.toggleTable();
    this.table = this.root.appendChild(element("div", "nbtrack-chart-table"));
    Object.assign(this.table, { id, hidden: true, tabIndex: 0 });
    this.table.setAttribute("role", "region");
    this.table.setAttribute("aria-label", "Data of the chart");
  }

  watch() {
    this.sizes = new ResizeObserver(() => this.schedule());
    this.sizes.observe(this.root);
    const recolour = () => {
      this.schedule();
      setTimeout(() => this.schedule(), 400); // a style sheet may still be loading
    };
    this.themes = new MutationObserver(recolour);
    for (const node of [document.documentElement, document.body]) {
      this.themes.observe(node, {
        attributes: true,
        attributeFilter: ["class", "style", "data-jp-theme-light", "data-jp-theme-name",
          "data-vscode-theme-kind", "data-vscode-theme-id", "data-theme"],
      });
    }
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.recolour = recolour;
    this.scheme.addEventListener("change", recolour);
  }

  async start() {
    try {
      this.plotly = await library(this.model);
    } catch (problem) {
      this.plot.textContent = `plotly.js could not be loaded: ${problem}`;
      return;
    }
    if (this.ended) return;
    this.plot.textContent = "";
    this.draw();
  }

  schedule() {
    if (this.frame || this.ended) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  draw() {
    const width = this.plot.clientWidth;
    if (!this.plotly || this.ended || !width) return; // a hidden tab: the observer will call
    const page = pageColours(this.probe);
    const { data, layout } = inPageColours(this.live.figure, this.model.get("_colours"), page);
    const size = { width, height: layout.height ?? this.model.get("height") };
    this.plotly.react(this.plot, data, themedLayout(layout, page, size), CONFIG);
    if (!this.drawn) this.listen();
    this.describe();
    this.root.dataset.points = data.reduce((sum, trace) => sum + (trace.x?.length ?? 0), 0);
    this.root.dataset.theme = page.name;
    if (!this.table.hidden) this.refreshTable();
  }

  describe() {
    const text = description(this.live.figure);
    this.plot.querySelectorAll(":scope .main-svg").forEach((svg, place) => {
      if (place) svg.setAttribute("aria-hidden", "true");
      else {
        svg.setAttribute("role", "img");
        svg.setAttribute("aria-label", text);
      }
    });
  }

  // --- what the person does

  listen() {
    this.drawn = true;
    this.plot.on("plotly_click", ({ points: [point] }) => this.tell("click", {
      trace: point.curveNumber, point: point.pointNumber ?? point.pointIndex,
      x: point.x, y: point.y,
    }));
    this.plot.on("plotly_selected", (event) => this.tell("brush", selection(event)));
    this.plot.on("plotly_deselect", () => this.tell("brush", { points: {}, ranges: {} }));
    this.plot.on("plotly_restyle", () => this.tellRanges());
    this.plot.on("plotly_relayout", (change) => this.tellZoom(change));
  }

  tell(type, content) {
    this.model.send({ type, id: `${type}-${++this.live.sent}`, ...content });
  }

  tellRanges() {
    const ranges = {};
    let found = false;
    for (const trace of this.plot.data) {
      for (const dimension of trace.dimensions ?? []) {
        found = true;
        const limits = dimension.constraintrange;
        if (limits?.length) {
          ranges[words(dimension.label)] = Array.isArray(limits[0]) ? limits : [limits];
        }
      }
    }
    if (found) this.tell("brush", { points: {}, ranges });
  }

  tellZoom(change) {
    const names = Object.keys(change).filter((name) => /^xaxis\d*\.(range|autorange)/.test(name));
    if (!names.length) return;
    const axis = names[0].split(".")[0];
    const isWhole = names.some((name) => name.endsWith("autorange"));
    clearTimeout(this.zoom);
    this.zoom = setTimeout(() => this.tell("zoom", {
      axis, range: isWhole ? null : ends(this.plot._fullLayout?.[axis] ?? this.plot.layout[axis]),
    }), ZOOM_DELAY);
  }

  // --- words around the chart

  toggleTable() {
    this.table.hidden = !this.table.hidden;
    this.button.setAttribute("aria-expanded", String(!this.table.hidden));
    if (!this.table.hidden) this.fillTable();
  }

  fillTable() {
    this.table.replaceChildren(dataTable(this.live.figure));
  }

  refreshTable() {
    this.refreshing ??= setTimeout(() => {
      this.refreshing = undefined;
      if (!this.ended && !this.table.hidden) this.fillTable();
    }, TABLE_DELAY);
  }

  showStatus() {
    const { text, done, notices = [] } = this.live.status ?? {};
    this.status.hidden = !text && done === undefined && !notices.length;
    this.line ??= this.status.appendChild(element("span", "nbtrack-chart-line"));
    this.line.textContent = text ?? "";
    this.showProgress(done);
    this.showNotices(notices);
  }

  showProgress(done) {
    if (typeof done !== "number") {
      this.bar?.remove();
      this.bar = undefined;
      return;
    }
    if (!this.bar) {
      this.bar = element("progress", "nbtrack-chart-progress");
      this.bar.setAttribute("aria-label", "Progress of the run");
      this.bar.max = 1;
      this.status.prepend(this.bar);
    }
    this.bar.value = done;
  }

  showNotices(notices) {
    const wanted = JSON.stringify(notices);
    if (wanted === this.said) return;
    this.said = wanted;
    if (!this.notes) {
      this.notes = this.status.appendChild(element("span", "nbtrack-chart-notices"));
      this.notes.setAttribute("role", "status"); // read out when it changes
    }
    this.notes.replaceChildren(...notices.map(({ level, text }) =>
      element("span", `nbtrack-notice nbtrack-${level === "bad" ? "bad" : "warn"}`, text)));
  }

  showError() {
    this.error.textContent = this.model.get("error") ?? "";
    this.error.hidden = !this.error.textContent;
  }

  end() {
    this.ended = true;
    cancelAnimationFrame(this.frame);
    clearTimeout(this.zoom);
    clearTimeout(this.refreshing);
    this.sizes.disconnect();
    this.themes.disconnect();
    this.scheme.removeEventListener("change", this.recolour);
    if (this.drawn) this.plotly.purge(this.plot);
    this.root.remove();
  }
}

function selection(event) {
  const points = {};
  for (const point of event?.points ?? []) {
    (points[point.curveNumber] ??= []).push(point.pointNumber ?? point.pointIndex);
  }
  return { points, ranges: {} };
}

// On a logarithmic axis plotly gives exponents.
function ends({ range, type }) {
  return type === "log" ? range.map((end) => 10 ** end) : [...range];
}

export default () => {
  const live = { figure: null, status: null, views: new Set(), sent: 0 };
  const each = (act) => live.views.forEach(act);

  function take(model) {
    const figure = unpacked(model.get("figure"));
    live.figure = { data: figure.data ?? [], layout: figure.layout ?? {} };
  }

  return {
    initialize({ model }) {
      take(model);
      live.status = model.get("status");
      model.on("change:figure", () => {
        take(model);
        each((view) => view.schedule());
      });
      model.on("change:status", () => {
        live.status = model.get("status");
        each((view) => view.showStatus());
      });
      model.on("change:height", () => each((view) => view.schedule()));
      model.on("change:error", () => each((view) => view.showError()));
      model.on("msg:custom", (message, buffers) => {
        if (message.type === "library") receive(model, buffers);
        if (message.type !== "extend") return;
        extend(live.figure, message, buffers);
        if (message.status) live.status = message.status;
        each((view) => {
          view.schedule();
          view.showStatus();
        });
      });
    },

    render({ model, el }) {
      const view = new View(model, el, live);
      live.views.add(view);
      view.start();
      return () => {
        live.views.delete(view);
        view.end();
      };
    },
  };
};
