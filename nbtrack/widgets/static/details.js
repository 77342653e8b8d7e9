// The details of a run: tabs of pairs, and artifacts with a preview. All text goes in as text.

const TABS = ["Metrics", "Params", "Tags", "Artifacts"];
const HINT = "Choose a run to see its details.";

let views = 0;

const count = (number) => number.toLocaleString("en");

function table(rows, head) {
  const made = element("table", "nbtrack-pairs");
  const line = (cells, tag) => {
    const row = element("tr");
    cells.forEach((cell, place) => {
      const made = row.appendChild(element(!head && !place ? "th" : tag, "", cell));
      if (!head && !place) made.scope = "row";
      else if (tag === "th") made.scope = "col";
    });
    return row;
  };
  if (head) made.append(line(head, "th"));
  made.append(...rows.map((cells) => line(cells, "td")));
  return made;
}

function lines(text, kind) {
  const made = element("pre", `nbtrack-file nbtrack-${kind}`);
  for (const text_ of text.split("\n")) {
    const sign = kind === "diff" && !/^(\+\+\+|---)/.test(text_) ? text_[0] : "";
    const name = { "+": "nbtrack-added", "-": "nbtrack-removed", "@": "nbtrack-place" }[sign];
    made.append(element("span", name ?? "", text_), "\n");
  }
  return made;
}

// Marks are words and lengths that cut the text.
function coloured(text, kind, marks) {
  const made = element("pre", `nbtrack-file nbtrack-${kind}`);
  let at = 0;
  for (const [word, length] of marks) {
    const part = text.slice(at, at + length);
    made.append(word ? element("span", `nbtrack-code-${word}`, part) : part);
    at += length;
  }
  made.append(text.slice(at));
  return made;
}

function previewed(shown) {
  if (shown.kind === "image") {
    const made = element("img", "nbtrack-image");
    made.alt = shown.text;
    made.src = shown.url;
    return made;
  }
  if (shown.kind === "table") return table(shown.rows, shown.columns);
  if (shown.kind === "none") return element("div", "nbtrack-faint", shown.text);
  if (shown.marks) return coloured(shown.text, shown.kind, shown.marks);
  return lines(shown.text, shown.kind);
}

class DetailsView {
  constructor(model, el) {
    this.model = model;
    this.id = `nbtrack-details-${++views}`;
    this.tab = 0;
    this.requests = 0;
    el.classList.add("nbtrack-details-host");
    this.root = el.appendChild(element("section", "nbtrack-details"));
    this.root.setAttribute("aria-label", "Details of the run");
    this.root.addEventListener("keydown", (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
    });
    this.head = this.root.appendChild(element("div", "nbtrack-headline"));
    this.bar = this.root.appendChild(element("div", "nbtrack-tabs"));
    this.bar.setAttribute("role", "tablist");
    this.tabs = TABS.map((name, place) => {
      const tab = this.bar.appendChild(button(name, () => this.choose(place), "nbtrack-tab"));
      tab.id = `${this.id}-${place}`;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", `${this.id}-panel`);
      return tab;
    });
    this.bar.onkeydown = (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      this.choose((this.tab + by + TABS.length) % TABS.length);
      this.tabs[this.tab].focus();
    };
    this.panel = this.root.appendChild(element("div", "nbtrack-tabpanel"));
    this.panel.id = `${this.id}-panel`;
    this.panel.tabIndex = 0;
    this.panel.setAttribute("role", "tabpanel");
    this.error = this.root.appendChild(element("div", "nbtrack-error"));
    this.error.setAttribute("role", "alert");
    this.handlers = [
      ["change:details", () => this.draw()],
      ["change:error", () => { this.error.textContent = model.get("error"); }],
      ["msg:custom", (message) => this.hear(message)],
    ];
    for (const [name, act] of this.handlers) model.on(name, act);
    this.draw();
  }

  get run() {
    return this.model.get("details");
  }

  choose(place) {
    this.tab = place;
    this.shownRun = undefined;
    this.draw();
  }

  draw() {
    const { run } = this;
    const has = Boolean(run.id);
    this.bar.hidden = this.panel.hidden = !has;
    this.head.replaceChildren(...this.headline(run));
    this.tabs.forEach((tab, place) => {
      const is = place === this.tab;
      tab.setAttribute("aria-selected", String(is));
      tab.tabIndex = is ? 0 : -1;
      const total = run.counts?.[TABS[place].toLowerCase()];
      tab.textContent = total === undefined ? TABS[place] : `${TABS[place]} ${count(total)}`;
    });
    this.panel.setAttribute("aria-labelledby", `${this.id}-${this.tab}`);
    if (!has) return;
    if (TABS[this.tab] === "Artifacts") this.drawArtifacts();
    else this.drawPairs(TABS[this.tab].toLowerCase());
  }

  headline(run) {
    if (!run.id) return [element("span", "nbtrack-faint", HINT)];
    const parts = [element("strong", "nbtrack-run-name", run.name),
      element("span", `nbtrack-state nbtrack-is-${run.status}`, run.status)];
    if (run.deleted) parts.push(element("span", "nbtrack-state", "deleted"));
    if (run.start) parts.push(element("span", "nbtrack-faint", new Date(run.start).toLocaleString()));
    if (run.duration) parts.push(element("span", "nbtrack-faint", run.duration));
    parts.push(element("code", "nbtrack-id", run.id));
    if (run.note) parts.push(element("div", "nbtrack-run-note", run.note));
    return parts;
  }

  drawPairs(name) {
    const { run } = this;
    this.shownRun = undefined;
    const rows = run[name];
    const parts = rows.length ? [table(rows)] : [element("div", "nbtrack-faint", "None.")];
    const hidden = run.counts[name] - rows.length;
    if (hidden > 0) parts.push(element("div", "nbtrack-faint", `${count(hidden)} more are left out`));
    this.panel.replaceChildren(...parts);
  }

  // --- artifacts

  ask(type, path) {
    this.asked = ++this.requests;
    this.model.send({ type, id: this.asked, run: this.run.id, path });
  }

  drawArtifacts() {
    if (this.shownRun === this.run.id) return;
    this.shownRun = this.run.id;
    this.files = element("div", "nbtrack-files");
    this.preview = element("div", "nbtrack-preview");
    this.preview.setAttribute("aria-live", "polite");
    this.panel.replaceChildren(this.files, this.preview);
    this.openFolder("");
  }

  openFolder(path) {
    this.files.replaceChildren(element("div", "nbtrack-faint", "Listing…"));
    this.ask("files", path);
  }

  openFile(path, line) {
    for (const other of this.files.querySelectorAll("[aria-pressed]")) {
      other.setAttribute("aria-pressed", String(other === line));
    }
    this.preview.replaceChildren(element("div", "nbtrack-faint", "Reading…"));
    this.ask("preview", path);
  }

  hear(message) {
    if (message.run !== this.run.id || message.id !== this.asked || !this.files) return;
    if (message.type === "files") this.drawFiles(message);
    else if (message.type === "preview") this.drawPreview(message);
  }

  drawFiles({ path, files, left_out: leftOut }) {
    const parts = files.map(({ path: file, folder, size }) => {
      const name = file.split("/").pop();
      const line = button(folder ? `${name}/` : name,
        () => (folder ? this.openFolder(file) : this.openFile(file, line)), "nbtrack-entry");
      if (!folder) line.setAttribute("aria-pressed", "false");
      if (size) line.append(element("span", "nbtrack-faint", ` ${size}`));
      return line;
    });
    if (path) {
      const above = path.split("/").slice(0, -1).join("/");
      parts.unshift(button(`↑ ${above || "all artifacts"}`, () => this.openFolder(above),
        "nbtrack-entry"));
    }
    if (!files.length) parts.push(element("div", "nbtrack-faint", "None."));
    if (leftOut) parts.push(element("div", "nbtrack-faint", leftOut));
    this.files.replaceChildren(...parts);
  }

  drawPreview({ path, shown }) {
    const parts = [element("div", "nbtrack-path", path), previewed(shown)];
    if (shown.left_out) parts.push(element("div", "nbtrack-faint", shown.left_out));
    this.preview.replaceChildren(...parts);
  }

  end() {
    for (const [name, act] of this.handlers) this.model.off(name, act);
    this.root.remove();
  }
}

export default {
  render({ model, el }) {
    const view = new DetailsView(model, el);
    return () => view.end();
  },
};
