// The bar of a run browser. All text goes in as text.

const TYPING = 600;
const BUSY_DELAY = 300;
const LISTED = 300;
const OFFERED = 12;
const NUMBER = ["=", "!=", "<", "<=", ">", ">=", "BETWEEN", "IN", "IS NULL", "IS NOT NULL"];
const TEXT = ["=", "!=", "LIKE", "ILIKE", "IN", "NOT IN", "IS NULL", "IS NOT NULL"];
const FIELD = /(?:[\w.]|`[^`]*`?)*$/;

let bars = 0;

function field(kind, label, value = "") {
  const box = element("label", "nbtrack-field");
  box.append(element("span", "", label));
  const input = box.appendChild(element(kind === "note" ? "textarea" : "input"));
  input.value = value;
  return [box, input];
}

const count = (number) => number.toLocaleString("en");
const runs = (number) => `${count(number)} ${number === 1 ? "run" : "runs"}`;

// What may stand at the end of `before`: [start of the word, what can take its place].
export function complete(before, words) {
  const word = before.match(FIELD)[0];
  const start = before.length - word.length;
  const head = before.slice(0, start).trimEnd();
  const last = head.match(/(?:[\w.]|`[^`]*`)+$/)?.[0] ?? "";
  const known = words.find(({ name }) => name === last);
  const starts = (texts) => texts.filter((t) => t.toLowerCase().startsWith(word.toLowerCase()));
  if (known) {
    return [start, starts(known.kind === "metric" ? NUMBER
      : [...new Set([...TEXT, ...NUMBER])])];
  }
  const valued = before.match(/((?:[\w.]|`[^`]*`)+)\s*(?:[=<>!]+|\bI?LIKE|\bIN\s*\((?:[^()]*,)?)\s*('[^']*|"[^"]*|[^\s'"(),]*)$/i);
  const owner = valued && words.find(({ name }) => name === valued[1]);
  if (owner) {
    const typed = valued[2].toLowerCase().replace(/^['"]/, "");
    return [before.length - valued[2].length,
      owner.values.filter((v) => v.toLowerCase().replace(/^['"]/, "").startsWith(typed))];
  }
  if (!head || /(?:\(|\bAND|\bOR|\bNOT)$/i.test(head)) {
    const wanted = word.toLowerCase();
    const found = words.filter(({ name }) => name.toLowerCase().includes(wanted));
    const rank = ({ name }) => Number(!name.toLowerCase().startsWith(wanted));
    return [start, found.sort((a, b) => rank(a) - rank(b)).map(({ name }) => name)];
  }
  return [start, /\s$/.test(before.slice(0, start)) ? starts(["AND", "OR"]) : []];
}

class BarView {
  constructor(model, el) {
    this.model = model;
    this.id = `nbtrack-bar-${++bars}-${Math.random().toString(36).slice(2)}`;
    this.requests = 0;
    this.waiting = new Map();
    this.sent = this.get("filter");
    this.root = el.appendChild(element("div", "nbtrack-browser"));
    this.root.setAttribute("role", "search");
    this.root.setAttribute("aria-label", "Run browser");
    this.root.addEventListener("keydown", (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
    });
    this.buildSearch();
    this.buildActions();
    this.panel = this.root.appendChild(element("div", "nbtrack-panel-box"));
    this.panel.hidden = true;
    this.busy = this.root.appendChild(element("div", "nbtrack-busy"));
    this.status = this.root.appendChild(element("div", "nbtrack-done"));
    for (const node of [this.busy, this.status]) node.setAttribute("role", "status");
    this.error = this.root.appendChild(element("div", "nbtrack-error"));
    this.error.setAttribute("role", "alert");
    this.handlers = [
      ["change:filter", () => this.takeFilter()],
      ["msg:custom", (message) => this.settle(message.id)],
      ...["wrong", "experiments", "chosen", "view", "metrics", "metric", "picked", "status",
        "error", "comparing"].map((name) => [`change:${name}`, () => this.draw()]),
    ];
    for (const [name, act] of this.handlers) model.on(name, act);
    this.draw();
    this.showStill(false);
    model.send({ type: "seen", id: 0, view: this.id });
  }

  get = (name) => this.model.get(name);

  wish(type, more = {}) {
    const id = ++this.requests;
    this.waiting.set(id, setTimeout(() => {
      this.busy.textContent = "Kernel busy: this is done when the running cell ends";
    }, BUSY_DELAY));
    this.model.send({ type, id, ...more });
  }

  settle(id) {
    clearTimeout(this.waiting.get(id));
    this.waiting.delete(id);
    if (id === this.seeking) this.seeking = undefined;
    if (!this.waiting.size) this.busy.textContent = "";
    this.draw();
  }

  // --- search

  buildSearch() {
    const line = this.root.appendChild(element("div", "nbtrack-line"));
    this.choose = line.appendChild(button("Experiments", () => this.toggleExperiments()));
    this.choose.setAttribute("aria-expanded", "false");
    const box = line.appendChild(element("div", "nbtrack-filter"));
    this.input = box.appendChild(element("input", "nbtrack-filter-text"));
    Object.assign(this.input, { type: "text", value: this.sent, spellcheck: false,
      autocomplete: "off", placeholder: "Filter: metrics.loss < 0.1 AND params.model = 'cnn'" });
    this.list = box.appendChild(element("ul", "nbtrack-options"));
    Object.assign(this.list, { id: `${this.id}-options`, hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Completions");
    this.wrong = box.appendChild(element("div", "nbtrack-wrong"));
    this.wrong.id = `${this.id}-wrong`;
    this.wrong.setAttribute("role", "status");
    this.mark = this.wrong.appendChild(element("div", "nbtrack-mark"));
    this.mark.setAttribute("aria-hidden", "true");
    this.words = this.wrong.appendChild(element("div", "nbtrack-message"));
    for (const [name, value] of [["role", "combobox"], ["aria-label", "Filter"],
      ["aria-autocomplete", "list"], ["aria-expanded", "false"],
      ["aria-controls", this.list.id], ["aria-describedby", this.wrong.id]]) {
      this.input.setAttribute(name, value);
    }
    this.input.oninput = () => this.typed();
    this.input.onscroll = () => this.drawWrong();
    this.input.onblur = () => this.offer([]);
    this.input.onkeydown = (event) => this.onKey(event);
    this.view = this.select(line, "Runs", ["active", "deleted", "all"],
      (view) => this.wish("view", { view }));
    this.metric = this.select(line, "Curves of", [], (metric) => this.wish("metric", { metric }));
  }

  select(line, label, values, act) {
    const box = line.appendChild(element("label", "nbtrack-choose"));
    box.append(element("span", "", label));
    const made = box.appendChild(element("select"));
    made.append(...values.map((value) => new Option(value, value)));
    made.onchange = () => act(made.value);
    return made;
  }

  typed() {
    const [start, found] = complete(this.input.value.slice(0, this.input.selectionStart),
      this.get("words"));
    this.start = start;
    this.offer(found.slice(0, OFFERED));
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.seek(), TYPING);
  }

  seek() {
    clearTimeout(this.typing);
    if (this.input.value === this.sent) return;
    this.sent = this.input.value;
    this.wish("filter", { text: this.sent });
    this.seeking = this.requests;
  }

  offer(found) {
    this.found = found;
    this.at = -1;
    this.list.hidden = !found.length;
    this.input.setAttribute("aria-expanded", String(found.length > 0));
    this.input.removeAttribute("aria-activedescendant");
    this.list.replaceChildren(...found.map((text, place) => {
      const line = element("li", "", text);
      line.id = `${this.id}-option-${place}`;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", "false");
      line.onpointerdown = (event) => {
        event.preventDefault();
        this.take(text);
      };
      return line;
    }));
  }

  move(by) {
    const length = this.found.length;
    this.at = (this.at + by + length + (this.at < 0 && by < 0)) % length;
    [...this.list.children].forEach((line, place) => {
      line.setAttribute("aria-selected", String(place === this.at));
      if (place === this.at) line.scrollIntoView({ block: "nearest" });
    });
    this.input.setAttribute("aria-activedescendant", `${this.id}-option-${this.at}`);
  }

  take(text) {
    const end = this.input.selectionStart;
    const gap = this.input.value[end] === " " ? "" : " ";
    this.input.setRangeText(text + gap, this.start, end, "end");
    this.typed();
  }

  onKey(event) {
    const isOpen = !this.list.hidden;
    const act = {
      ArrowDown: isOpen ? () => this.move(1) : () => this.typed(),
      ArrowUp: isOpen && (() => this.move(-1)),
      Escape: isOpen && (() => this.offer([])),
      Tab: isOpen && this.at >= 0 && (() => this.take(this.found[this.at])),
      Enter: isOpen && this.at >= 0 ? () => this.take(this.found[this.at])
        : () => { this.offer([]); this.seek(); },
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  takeFilter() {
    const filter = this.get("filter");
    if (filter !== this.sent && !this.seeking) { // not the answer to an earlier text
      this.sent = filter;
      this.input.value = filter;
    }
    this.draw();
  }

  // --- experiments

  toggleExperiments() {
    if (!this.panel.hidden && this.open === "experiments") return this.closePanel();
    const list = this.openPanel("experiments", "Experiments", this.choose);
    const search = list.appendChild(element("input", "nbtrack-filter-text"));
    Object.assign(search, { type: "search", placeholder: "Find an experiment" });
    search.setAttribute("aria-label", "Find an experiment");
    const lines = list.appendChild(element("div", "nbtrack-choices"));
    const draw = () => {
      const chosen = new Set(this.get("chosen"));
      const found = this.get("experiments")
        .filter(({ name }) => name.toLowerCase().includes(search.value.toLowerCase()));
      const parts = found.slice(0, LISTED).map(({ id, name }) => {
        const label = element("label");
        const box = label.appendChild(element("input"));
        Object.assign(box, { type: "checkbox", checked: chosen.has(id) });
        box.onchange = () => {
          box.checked ? chosen.add(id) : chosen.delete(id);
          this.wish("experiments", { chosen: [...chosen] });
        };
        label.append(element("span", "", name));
        return label;
      });
      const hidden = found.length - LISTED;
      if (hidden > 0) parts.push(element("div", "nbtrack-faint", `and ${count(hidden)} more`));
      lines.replaceChildren(...parts);
    };
    search.oninput = draw;
    draw();
    search.focus();
    return undefined;
  }

  // --- actions

  buildActions() {
    const line = this.root.appendChild(element("div", "nbtrack-line"));
    line.setAttribute("role", "group");
    line.setAttribute("aria-label", "Actions");
    this.about = line.appendChild(element("span", "nbtrack-about"));
    this.about.setAttribute("role", "status");
    this.acts = {};
    for (const [name, text, act] of [
      ["rename", "Rename", () => this.askName()],
      ["tag", "Tag", () => this.askTag()],
      ["note", "Note", () => this.askNote()],
      ["delete", "Delete", () => this.confirm("delete", "Delete", "They can be restored.")],
      ["restore", "Restore", () => this.confirm("restore", "Restore", "")],
      ["compare", "Compare", () => this.wish("compare", this.turn())],
      ["close", "Close comparison", () => this.wish("close")],
      ["code", "Copy as code", () => this.copy()],
      ["refresh", "Refresh", () => this.wish("refresh")],
    ]) this.acts[name] = line.appendChild(button(text, act));
  }

  turn = () => ({ turn: this.get("picked").turn });

  openPanel(name, title, opener) {
    this.open = name;
    this.opener = opener;
    this.panel.hidden = false;
    this.choose.setAttribute("aria-expanded", String(name === "experiments"));
    const inner = element("div", "nbtrack-inner");
    inner.setAttribute("role", name === "delete" || name === "restore" ? "alertdialog" : "dialog");
    inner.setAttribute("aria-label", title);
    inner.onkeydown = (event) => {
      if (event.key === "Escape") this.closePanel();
    };
    inner.append(element("div", "nbtrack-title", title));
    this.panel.replaceChildren(inner);
    return inner;
  }

  closePanel() {
    this.panel.hidden = true;
    this.panel.replaceChildren();
    this.choose.setAttribute("aria-expanded", "false");
    this.open = undefined;
    (this.opener?.disabled ? this.input : this.opener)?.focus();
  }

  finish(inner, text, act, isBad) {
    const line = inner.appendChild(element("div", "nbtrack-line"));
    const name = isBad ? "nbtrack-button nbtrack-bad" : "nbtrack-button";
    const yes = line.appendChild(button(text, () => { act(); this.closePanel(); }, name));
    const no = line.appendChild(button("Cancel", () => this.closePanel()));
    return [yes, no, line];
  }

  onEnter(input, act) {
    input.onkeydown = (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      act();
      this.closePanel();
    };
  }

  askName() {
    const picked = this.get("picked"), turn = this.turn();
    const inner = this.openPanel("rename", "Rename the run", this.acts.rename);
    const [box, input] = field("text", "Name", picked.names[0]);
    inner.append(box);
    const act = () => this.wish("rename", { ...turn, name: input.value });
    this.finish(inner, "Rename", act);
    this.onEnter(input, act);
    input.select();
  }

  askTag() {
    const turn = this.turn();
    const inner = this.openPanel("tag", `Tag ${runs(this.get("picked").count)}`, this.acts.tag);
    const [keyBox, key] = field("text", "Key");
    const [valueBox, value] = field("text", "Value");
    inner.append(keyBox, valueBox);
    const act = () => this.wish("tag", { ...turn, key: key.value, value: value.value });
    const [, , line] = this.finish(inner, "Set tag", act);
    line.insertBefore(button("Remove tag", () => {
      this.wish("untag", { ...turn, key: key.value });
      this.closePanel();
    }), line.lastChild);
    this.onEnter(value, act);
    key.focus();
  }

  askNote() {
    const turn = this.turn(), picked = this.get("picked");
    const inner = this.openPanel("note", `Note of ${runs(picked.count)}`, this.acts.note);
    const [box, input] = field("note", "Text", picked.note);
    inner.append(box);
    this.finish(inner, "Write note", () => this.wish("note", { ...turn, text: input.value }));
    input.focus();
  }

  confirm(type, verb, more) {
    const picked = this.get("picked"), turn = this.turn();
    const inner = this.openPanel(type, `${verb} ${runs(picked.count)}?`, this.acts[type]);
    const rest = picked.count - picked.names.length;
    const names = picked.names.join(", ") + (rest > 0 ? ` and ${count(rest)} more` : "");
    inner.append(element("div", "nbtrack-names-list", names));
    if (more) inner.append(element("div", "nbtrack-faint", more));
    const [, no] = this.finish(inner, verb, () => this.wish(type, turn), type === "delete");
    no.focus();
  }

  async copy() {
    const code = this.get("code");
    const inner = this.openPanel("code", "Code that finds these runs", this.acts.code);
    const area = inner.appendChild(element("textarea", "nbtrack-code"));
    Object.assign(area, { readOnly: true, value: code, rows: 2 });
    area.setAttribute("aria-label", "Code");
    const told = inner.appendChild(element("div", "nbtrack-faint", "Copy it from here."));
    told.setAttribute("role", "status");
    inner.append(button("Close", () => this.closePanel()));
    area.select();
    if (await copied(code, () => area.select())) told.textContent = "Copied.";
  }

  // --- drawing

  draw() {
    const { count: picked = 0, deleted = 0 } = this.get("picked");
    this.about.textContent = picked ? `${runs(picked)} chosen` : "No run chosen";
    const can = { rename: picked === 1, tag: picked > 0, note: picked > 0,
      delete: picked > deleted, restore: deleted > 0, compare: picked > 1 };
    for (const [name, is] of Object.entries(can)) this.acts[name].disabled = !is;
    this.acts.restore.hidden = this.get("view") === "active";
    this.acts.close.hidden = !this.get("comparing");
    const total = this.get("n_experiments"), chosen = this.get("chosen");
    const only = this.get("experiments").find(({ id }) => id === chosen[0])?.name;
    this.choose.textContent = chosen.length === 1 && only ? `Experiment: ${only}`
      : `Experiments: ${count(chosen.length)} of ${count(total)}`;
    const metrics = this.get("metrics");
    if (this.metric.options.length !== metrics.length) {
      this.metric.replaceChildren(...metrics.map((name) => new Option(name, name)));
    }
    this.metric.value = this.get("metric");
    this.metric.parentElement.hidden = !metrics.length;
    this.view.value = this.get("view");
    this.status.textContent = this.get("status");
    this.error.textContent = this.get("error");
    this.drawWrong();
  }

  drawWrong() {
    const { message = "", position = 0 } = this.get("wrong");
    this.wrong.hidden = !message;
    this.input.setAttribute("aria-invalid", String(Boolean(message)));
    if (this.words.textContent !== message) this.words.textContent = message;
    const before = element("span", "nbtrack-blank", [...this.sent].slice(0, position).join(""));
    const line = element("div", "nbtrack-shift");
    line.style.transform = `translateX(${-this.input.scrollLeft}px)`;
    line.append(before, element("span", "nbtrack-caret", "^"));
    this.mark.replaceChildren(line);
  }

  // The table for notebooks without a kernel stands in an output of its own.
  showStill(is) {
    for (const table of document.getElementsByClassName(this.get("still_class"))) {
      table.style.display = is ? "" : "none";
    }
  }

  end() {
    this.showStill(true);
    this.model.send({ type: "gone", id: 0, view: this.id });
    for (const [name, act] of this.handlers) this.model.off(name, act);
    this.waiting.forEach((timer) => clearTimeout(timer));
    clearTimeout(this.typing);
    this.root.remove();
  }
}

export default {
  render({ model, el }) {
    const view = new BarView(model, el);
    return () => view.end();
  },
};
