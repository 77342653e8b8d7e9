// A grid of rows: Python sorts and filters, the page holds the rows in sight and some around them.
//
// One tab stop; the focused cell is the grid's active descendant. All text goes in as text.

const ROW = 28;
const PAD = 12;
const AHEAD = 40;
const CACHE = 4000;
const BUSY_DELAY = 300;
const ASK_DELAY = 30;
const FOCUS_DELAY = 150;
const WIDTHS = { text: 150, number: 104, time: 136, duration: 104, status: 104, spark: 120 };
const NARROWEST = 48;
const WIDEST = 190; // unless somebody wants more
const LETTER = 8;
const LISTED = 200;
const HELP = "Arrow keys move. Space selects, Shift with arrows selects more, Enter opens the row. " +
  "In the header Enter sorts, P pins the column, H hides it, Shift with left and right resizes it.";

let grids = 0;

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function button(text, name = "nbtrack-button") {
  const made = element("button", name, text);
  made.type = "button";
  return made;
}

const two = (number) => String(number).padStart(2, "0");
const count = (number) => number.toLocaleString("en");

function timeText(milliseconds) {
  const t = new Date(milliseconds);
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ` +
    `${two(t.getHours())}:${two(t.getMinutes())}`;
}

function curve({ points, text }) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "nbtrack-spark");
  svg.setAttribute("viewBox", "0 0 100 100");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", text);
  const step = 100 / Math.max(points.length - 1, 1);
  let path = "", pen = "M";
  points.forEach((y, place) => {
    if (y === null) {
      pen = "M";
      return;
    }
    path += `${pen}${(place * step).toFixed(1)} ${95 - 0.9 * y}`;
    pen = "L";
  });
  const line = svg.appendChild(document.createElementNS(svg.namespaceURI, "path"));
  line.setAttribute("d", path);
  line.setAttribute("vector-effect", "non-scaling-stroke");
  return svg;
}

class GridView {
  constructor(model, el) {
    this.model = model;
    this.id = `nbtrack-grid-${++grids}`;
    this.rows = new Map();
    this.sparks = new Map();
    this.asked = new Set();
    this.focus = { row: 0, column: 0 };
    this.anchor = 0;
    this.waiting = new Map();
    this.frame = this.requests = 0;
    this.build(el);
    this.listen();
    this.takeFirst();
    this.drawHead();
    this.draw();
  }

  get = (name) => this.model.get(name);

  set(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  // --- elements

  build(el) {
    this.root = el.appendChild(element("div", "nbtrack-grid"));
    this.root.addEventListener("keydown", (event) => this.keepKey(event));
    this.buildBar();
    this.port = this.root.appendChild(element("div", "nbtrack-port"));
    Object.assign(this.port, { tabIndex: 0 });
    this.port.style.height = `${this.get("height")}px`;
    const help = this.root.appendChild(element("div", "nbtrack-unseen", HELP));
    help.id = `${this.id}-help`;
    for (const [name, value] of [["role", "grid"], ["aria-label", this.get("label")],
      ["aria-multiselectable", "true"], ["aria-describedby", help.id]]) {
      this.port.setAttribute(name, value);
    }
    this.head = this.port.appendChild(element("div", "nbtrack-head"));
    this.head.setAttribute("role", "rowgroup");
    this.body = this.port.appendChild(element("div", "nbtrack-body"));
    this.body.setAttribute("role", "rowgroup");
    this.empty = this.root.appendChild(element("div", "nbtrack-empty", "No rows."));
    this.error = this.root.appendChild(element("div", "nbtrack-error"));
    this.error.setAttribute("role", "alert");
  }

  buildBar() {
    const bar = this.root.appendChild(element("div", "nbtrack-bar"));
    this.counted = bar.appendChild(element("span", "nbtrack-count"));
    this.busy = bar.appendChild(element("span", "nbtrack-busy"));
    for (const node of [this.counted, this.busy]) node.setAttribute("role", "status");
    this.constant = bar.appendChild(button("Hide constant columns"));
    this.constant.onclick = () => this.set("hide_constant", !this.get("hide_constant"));
    this.picking = bar.appendChild(button("Columns"));
    this.panel = this.root.appendChild(element("div", "nbtrack-panel"));
    Object.assign(this.panel, { id: `${this.id}-columns`, hidden: true });
    this.panel.setAttribute("role", "group");
    this.panel.setAttribute("aria-label", "Columns to show");
    this.picking.setAttribute("aria-controls", this.panel.id);
    this.picking.onclick = () => this.togglePanel();
    this.search = this.panel.appendChild(element("input", "nbtrack-search"));
    Object.assign(this.search, { type: "search", placeholder: "Find a column" });
    this.search.setAttribute("aria-label", "Find a column");
    this.search.oninput = () => this.drawChoices();
    this.choices = this.panel.appendChild(element("div", "nbtrack-choices"));
    this.panel.onkeydown = (event) => {
      if (event.key === "Escape") {
        this.togglePanel(false);
        this.picking.focus();
      }
    };
  }

  listen() {
    const { model } = this;
    this.handlers = [
      ["change:_gen", () => this.refresh()],
      ["change:selected", () => this.schedule()],
      ["change:widths", () => { this.drawHead(); this.schedule(); }],
      ["change:error", () => this.schedule()],
      ["change:label", () => this.port.setAttribute("aria-label", this.get("label"))],
      ["change:height", () => { this.port.style.height = `${this.get("height")}px`; }],
      ["change:sort", () => this.drawHead()],
      ["msg:custom", (message) => this.hear(message)],
    ];
    for (const [name, act] of this.handlers) model.on(name, act);
    this.port.onscroll = () => this.schedule();
    this.port.onkeydown = (event) => this.onKey(event);
    this.port.onfocus = () => this.schedule();
    this.body.onpointerdown = () => this.hold();
    this.body.onclick = (event) => this.onClick(event);
    this.head.onclick = (event) => this.onHeadClick(event);
    this.head.onpointerdown = (event) => this.onResize(event);
    this.sizes = new ResizeObserver(() => this.schedule());
    this.sizes.observe(this.port);
  }

  // --- rows

  takeFirst() {
    this.generation = this.get("_gen");
    this.rows.clear();
    this.get("_first").forEach((row, place) => this.rows.set(place, row));
    if (this.data !== this.get("_data")) {
      this.data = this.get("_data");
      this.sparks.clear();
      this.asked.clear();
    }
  }

  refresh() {
    const columns = this.columns?.map(({ name }) => name).join("\n");
    this.takeFirst();
    this.inFlight = undefined;
    this.settle("window");
    this.settle("order");
    this.focus.row = Math.min(this.focus.row, Math.max(this.get("n_rows") - 1, 0));
    this.drawHead();
    if (columns !== this.columns.map(({ name }) => name).join("\n")) {
      this.focus.column = Math.min(this.focus.column, this.columns.length - 1);
    }
    if (!this.panel.hidden) this.drawChoices();
    this.schedule();
  }

  hear(message) {
    if (message.type === "window") {
      this.inFlight = undefined;
      if (message.gen === this.generation) this.keep(message);
      this.settle("window");
      this.schedule();
    } else if (message.type === "sparks") {
      if (message.data !== this.data) return;
      for (const [run, found] of Object.entries(message.values)) {
        this.sparks.set(`${message.column}\n${run}`, found);
      }
      this.schedule();
    } else if (message.type === "range") {
      this.settle("range");
      this.leftOut = message.left_out;
      this.schedule();
    }
  }

  keep({ start, rows }) {
    rows.forEach((row, place) => this.rows.set(start + place, row));
    if (this.rows.size > CACHE) this.rows = new Map([...this.rows].slice(-CACHE / 2));
  }

  ask(from, to) {
    if (this.inFlight) return; // one at a time: the last one in sight is asked for afterwards
    clearTimeout(this.asking);
    this.asking = setTimeout(() => {
      this.inFlight = { type: "window", id: ++this.requests,
        start: Math.max(0, from - AHEAD), stop: to + AHEAD };
      this.model.send(this.inFlight);
      this.await("window");
    }, ASK_DELAY);
  }

  askSparks(column, runs) {
    const wanted = runs.filter((run) => !this.asked.has(`${column}\n${run}`));
    if (!wanted.length) return;
    for (const run of wanted) this.asked.add(`${column}\n${run}`);
    this.model.send({ type: "sparks", id: ++this.requests, column, runs: wanted });
  }

  // What waits for longer than a moment is said: the kernel is at work on something else.
  await(what) {
    if (this.waiting.has(what)) return;
    this.waiting.set(what, setTimeout(() => {
      this.busy.textContent = "Kernel busy: the rest comes when the running cell ends";
    }, BUSY_DELAY));
  }

  settle(what) {
    clearTimeout(this.waiting.get(what));
    this.waiting.delete(what);
    if (!this.waiting.size) this.busy.textContent = "";
  }

  // --- drawing

  schedule() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (!this.held) this.draw();
    });
  }

  // A row that is drawn anew between press and release would never be clicked.
  hold() {
    this.held = true;
    const release = () => {
      this.held = false;
      removeEventListener("pointerup", release);
      removeEventListener("pointercancel", release);
      this.schedule();
    };
    addEventListener("pointerup", release);
    addEventListener("pointercancel", release);
  }

  width(column) {
    const title = Math.min(column.name.length * LETTER + 24, WIDEST);
    return this.get("widths")[column.name] ?? Math.max(WIDTHS[column.kind] ?? 0, title);
  }

  drawHead() {
    const known = new Map(this.get("columns").map((column) => [column.name, column]));
    this.columns = this.get("shown").map((name) => known.get(name) ?? { name, kind: "text" });
    const pinned = new Set(this.get("pinned"));
    const [sorted, ascending] = this.get("sort");
    const row = element("div", "nbtrack-row nbtrack-names");
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", "1");
    let left = 0;
    this.columns.forEach((column, place) => {
      const cell = row.appendChild(element("div", "nbtrack-cell nbtrack-name"));
      column.pinned = pinned.has(column.name);
      column.left = left;
      left += this.width(column);
      this.place(cell, column, place, -1);
      cell.setAttribute("role", "columnheader");
      cell.title = column.name;
      cell.append(element("span", "nbtrack-label", column.name));
      if (column.name === sorted) {
        const arrow = cell.appendChild(element("span", "nbtrack-arrow", ascending ? "▲" : "▼"));
        arrow.setAttribute("aria-hidden", "true");
      }
      const order = column.name !== sorted ? "none" : ascending ? "ascending" : "descending";
      if (column.kind !== "spark") cell.setAttribute("aria-sort", order);
      cell.append(element("span", "nbtrack-handle"));
    });
    this.head.replaceChildren(row);
    this.head.style.width = this.body.style.width = `max(100%, ${left}px)`;
    this.port.setAttribute("aria-colcount", this.columns.length);
    this.constant.setAttribute("aria-pressed", String(this.get("hide_constant")));
  }

  place(cell, column, place, row) {
    cell.id = `${this.id}-${row}-${place}`;
    cell.dataset.column = place;
    cell.setAttribute("aria-colindex", place + 1);
    cell.style.width = `${this.width(column)}px`;
    if (place === this.columns.length - 1) cell.style.flex = `1 0 ${this.width(column)}px`;
    if (column.pinned) {
      cell.classList.add("nbtrack-pinned");
      cell.style.left = `${column.left}px`;
    }
    if (column.kind === "number" || column.kind === "duration") cell.classList.add("nbtrack-right");
    const isFocus = this.focus.row === row && this.focus.column === place;
    cell.classList.toggle("nbtrack-focus", isFocus);
  }

  draw() {
    const total = this.get("n_rows");
    const { scrollTop, clientHeight } = this.port;
    this.body.style.height = `${total * ROW}px`;
    this.port.setAttribute("aria-rowcount", total + 1);
    this.empty.hidden = total > 0;
    const from = Math.max(0, Math.floor(scrollTop / ROW) - PAD);
    const to = Math.min(total, Math.ceil((scrollTop + clientHeight) / ROW) + PAD);
    const selected = new Set(this.get("selected"));
    const drawn = [];
    let missing = false;
    for (let place = from; place < to; place++) {
      const row = this.rows.get(place);
      missing ||= row === undefined;
      drawn.push(row ? this.drawRow(row, place, selected) : this.drawPlaceholder(place));
    }
    this.body.replaceChildren(...drawn);
    if (missing) this.ask(from, to);
    this.drawFocus();
    for (const id of this.get("_gone")) selected.delete(id);
    this.drawCount(total, selected.size);
    this.drawSparks(from, to);
    this.error.textContent = this.get("error");
    this.error.hidden = !this.error.textContent;
  }

  emptyRow(place) {
    const line = element("div", "nbtrack-row");
    line.style.top = `${place * ROW}px`;
    line.setAttribute("role", "row");
    line.setAttribute("aria-rowindex", place + 2);
    if (place % 2) line.classList.add("nbtrack-odd");
    return line;
  }

  drawRow(row, place, selected) {
    const line = this.emptyRow(place);
    line.dataset.row = place;
    line.dataset.run = row[0];
    const isSelected = selected.has(row[0]);
    line.setAttribute("aria-selected", String(isSelected));
    line.classList.toggle("nbtrack-selected", isSelected);
    this.columns.forEach((column, number) => {
      const cell = line.appendChild(element("div", "nbtrack-cell"));
      this.place(cell, column, number, place);
      cell.setAttribute("role", "gridcell");
      this.fill(cell, column, row[number + 1], row[0]);
    });
    return line;
  }

  fill(cell, { name, kind }, value, run) {
    if (kind === "spark") {
      const found = this.sparks.get(`${name}\n${run}`);
      if (found) cell.append(curve(found));
    } else if (value === null || value === undefined) {
      return;
    } else if (kind === "status") {
      const known = /^[A-Z]+$/.test(value) ? value : "OTHER";
      cell.append(element("span", `nbtrack-pill nbtrack-${known}`, value));
    } else {
      const text = kind === "time" ? timeText(value) : String(value);
      cell.textContent = text;
      cell.title = text;
      if (kind === "number" && text === "NaN") cell.classList.add("nbtrack-nan");
    }
  }

  drawPlaceholder(place) {
    const line = this.emptyRow(place);
    line.classList.add("nbtrack-placeholder");
    const cell = line.appendChild(element("div", "nbtrack-cell"));
    cell.setAttribute("role", "gridcell");
    cell.append(element("span", "nbtrack-unseen", "loading"));
    return line;
  }

  drawFocus() {
    const { row, column } = this.focus;
    this.port.querySelectorAll(".nbtrack-focus").forEach(
      (cell) => cell.classList.remove("nbtrack-focus"));
    const cell = this.root.querySelector(`#${this.id}-${row}-${column}`);
    cell?.classList.add("nbtrack-focus");
    if (cell) this.port.setAttribute("aria-activedescendant", cell.id);
    else this.port.removeAttribute("aria-activedescendant");
  }

  // The row that the person stays at, not those passed on the way.
  tellFocus() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      const row = this.rows.get(this.focus.row);
      if (row && row[0] !== this.get("focused")) this.set("focused", row[0]);
    }, FOCUS_DELAY);
  }

  drawCount(total, selected) {
    const all = this.get("n_all");
    const rows = `${count(all)} ${this.get("_words")[all === 1 ? 0 : 1]}`;
    const parts = [total === all ? rows : `${count(total)} of ${rows}`];
    if (selected) parts.push(`${count(selected)} selected`);
    if (this.leftOut) parts.push(`${count(this.leftOut)} more are too many to select`);
    const hidden = this.get("visible").length - this.get("shown").length;
    const columns = hidden === 1 ? "column" : "columns";
    if (hidden > 0) parts.push(`${count(hidden)} constant ${columns} hidden`);
    const text = parts.join(" · ");
    if (this.counted.textContent !== text) this.counted.textContent = text;
  }

  drawSparks(from, to) {
    const columns = this.columns.filter(({ kind }) => kind === "spark");
    if (!columns.length) return;
    const runs = [];
    for (let place = from; place < to; place++) {
      if (this.rows.has(place)) runs.push(this.rows.get(place)[0]);
    }
    for (const { name } of columns) this.askSparks(name, runs);
  }

  // --- columns

  togglePanel(isOpen = this.panel.hidden) {
    this.panel.hidden = !isOpen;
    this.picking.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) {
      this.drawChoices();
      this.search.focus();
    }
  }

  drawChoices() {
    const wanted = this.search.value.toLowerCase();
    const visible = new Set(this.get("visible"));
    const pinned = new Set(this.get("pinned"));
    const found = this.get("columns").filter(({ name }) => name.toLowerCase().includes(wanted));
    const focused = document.activeElement?.dataset?.choice;
    const lines = found.slice(0, LISTED).map(({ name }) => {
      const line = element("div", "nbtrack-choice");
      const label = line.appendChild(element("label"));
      const box = label.appendChild(element("input"));
      Object.assign(box, { type: "checkbox", checked: visible.has(name) });
      box.dataset.choice = `show ${name}`;
      label.append(element("span", "", name));
      box.onchange = () => this.toggleColumn(name, box.checked);
      const pin = line.appendChild(button("Pin"));
      pin.dataset.choice = `pin ${name}`;
      pin.setAttribute("aria-pressed", String(pinned.has(name)));
      pin.setAttribute("aria-label", `Pin ${name}`);
      pin.onclick = () => this.togglePin(name);
      return line;
    });
    if (found.length > LISTED) {
      lines.push(element("div", "nbtrack-more", `and ${count(found.length - LISTED)} more`));
    }
    this.choices.replaceChildren(...lines);
    if (focused) {
      [...this.choices.querySelectorAll("[data-choice]")]
        .find((node) => node.dataset.choice === focused)?.focus();
    }
  }

  toggleColumn(name, isShown) {
    const others = this.get("visible").filter((other) => other !== name);
    if (!isShown && !others.length) return;
    this.await("order");
    this.set("visible", isShown ? [...others, name] : others);
  }

  togglePin(name) {
    const pinned = this.get("pinned");
    this.await("order");
    this.set("pinned", pinned.includes(name) ? pinned.filter((n) => n !== name) : [...pinned, name]);
  }

  resize(column, width) {
    const whole = Math.max(NARROWEST, Math.round(width));
    this.set("widths", { ...this.get("widths"), [column.name]: whole });
  }

  onResize(event) {
    if (!event.target.classList.contains("nbtrack-handle")) return;
    event.preventDefault();
    const column = this.columns[+event.target.parentElement.dataset.column];
    const start = event.clientX, width = this.width(column);
    const move = (next) => this.resize(column, width + next.clientX - start);
    const stop = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", stop);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", stop);
    this.stopResize = stop;
  }

  sortBy(column) {
    if (column.kind === "spark") return;
    const [name, ascending] = this.get("sort");
    this.await("order");
    this.set("sort", [column.name, name === column.name ? !ascending : true]);
  }

  onHeadClick(event) {
    const cell = event.target.closest(".nbtrack-name");
    if (!cell || event.target.classList.contains("nbtrack-handle")) return;
    this.focus = { row: -1, column: +cell.dataset.column };
    this.sortBy(this.columns[this.focus.column]);
  }

  // --- selection

  select(ids) {
    this.leftOut = 0;
    this.set("selected", [...ids]);
    this.schedule();
  }

  toggle(place) {
    const row = this.rows.get(place);
    if (!row) return;
    const ids = new Set(this.get("selected"));
    if (!ids.delete(row[0])) ids.add(row[0]);
    this.anchor = place;
    this.select(ids);
  }

  selectTo(place, add) {
    const [from, to] = [Math.min(place, this.anchor), Math.max(place, this.anchor)];
    const ids = new Set(add ? this.get("selected") : []);
    for (let row = from; row <= to; row++) {
      if (!this.rows.has(row)) {
        this.await("range");
        this.model.send({ type: "range", id: ++this.requests, start: from, stop: to, add });
        return;
      }
      ids.add(this.rows.get(row)[0]);
    }
    this.select(ids);
  }

  open(place) {
    const row = this.rows.get(place);
    if (row) this.model.send({ type: "open", id: ++this.requests, run: row[0] });
  }

  onClick(event) {
    const line = event.target.closest("[data-row]");
    if (!line) return;
    const place = +line.dataset.row;
    const cell = event.target.closest("[data-column]");
    this.focus = { row: place, column: cell ? +cell.dataset.column : this.focus.column };
    this.tellFocus();
    if (event.shiftKey) this.selectTo(place, event.ctrlKey || event.metaKey);
    else if (event.ctrlKey || event.metaKey) this.toggle(place);
    else {
      this.anchor = place;
      this.select([line.dataset.run]);
    }
    if (event.detail === 2) this.open(place);
  }

  // --- keys

  // Lab has keys of its own, such as D D, which deletes the cell.
  keepKey(event) {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  }

  onKey(event) {
    const act = this.focus.row < 0 ? this.headKey(event) : this.rowKey(event);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  headKey({ key, shiftKey, ctrlKey, metaKey, altKey }) {
    if (ctrlKey || metaKey || altKey) return undefined;
    const column = this.columns[this.focus.column];
    const side = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (side && shiftKey) return () => this.resize(column, this.width(column) + 16 * side);
    return {
      Enter: () => this.sortBy(column),
      " ": () => this.sortBy(column),
      p: () => this.togglePin(column.name),
      h: () => this.toggleColumn(column.name, false),
    }[key] ?? this.moveKey(key, false);
  }

  rowKey({ key, shiftKey, ctrlKey, metaKey, altKey }) {
    if (altKey) return undefined;
    if (ctrlKey || metaKey) {
      return key === "a" ? () => {
        this.anchor = 0;
        this.selectTo(this.get("n_rows") - 1, false);
      } : this.moveKey({ Home: "First", End: "Last" }[key], shiftKey);
    }
    return {
      " ": () => { this.tellFocus(); this.toggle(this.focus.row); },
      Enter: () => this.open(this.focus.row),
      Escape: this.get("selected").length ? () => this.select([]) : undefined,
    }[key] ?? this.moveKey(key, shiftKey);
  }

  moveKey(key, isSelecting) {
    const { row, column } = this.focus;
    const page = Math.max(1, Math.floor(this.port.clientHeight / ROW) - 2);
    const last = this.get("n_rows") - 1;
    const target = {
      ArrowDown: [row + 1, column], ArrowUp: [row - 1, column],
      ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1],
      PageDown: [row + page, column], PageUp: [Math.max(row - page, 0), column],
      Home: [0, column], End: [last, column], First: [0, 0], Last: [last, this.columns.length - 1],
    }[key];
    if (!target) return undefined;
    return () => {
      const to = Math.max(isSelecting ? 0 : -1, Math.min(target[0], last));
      this.focus = { row: to, column: Math.max(0, Math.min(target[1], this.columns.length - 1)) };
      this.reveal();
      this.tellFocus();
      if (isSelecting && to !== row) this.selectTo(to, false);
      else if (to >= 0 && to !== row) this.anchor = to;
      this.schedule();
    };
  }

  reveal() {
    const { row, column } = this.focus;
    const { port } = this;
    if (row >= 0) {
      const top = row * ROW, room = port.clientHeight - ROW; // below the header
      if (top < port.scrollTop) port.scrollTop = top;
      else if (top + ROW > port.scrollTop + room) port.scrollTop = top + ROW - room;
    }
    const { pinned, left } = this.columns[column];
    if (pinned) return;
    const held = this.columns.filter((c) => c.pinned).reduce((sum, c) => sum + this.width(c), 0);
    const right = left + this.width(this.columns[column]);
    if (left - held < port.scrollLeft) port.scrollLeft = left - held;
    else if (right > port.scrollLeft + port.clientWidth) {
      port.scrollLeft = right - port.clientWidth;
    }
  }

  end() {
    for (const [name, act] of this.handlers) this.model.off(name, act);
    this.waiting.forEach((timer) => clearTimeout(timer));
    clearTimeout(this.asking);
    clearTimeout(this.telling);
    cancelAnimationFrame(this.frame);
    this.stopResize?.();
    this.sizes.disconnect();
    this.root.remove();
  }
}

export default {
  render({ model, el }) {
    const view = new GridView(model, el);
    return () => view.end();
  },
};
