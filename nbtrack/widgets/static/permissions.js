// Who may do what with experiments, and the plan of changes. All text goes in as text.

const KINDS = [["user_name", "user"], ["group_name", "group"],
  ["service_principal_name", "service principal"]];
const LOCAL = "This store is one person's: it keeps permissions and enforces none.";
const NOTHING = "No changes. Choose other levels to see the calls that would make them.";
const REFUSED = "There is no plan for these changes, and nothing is sent.";

let tables = 0;

class Permissions {
  constructor(model, el) {
    this.model = model;
    this.id = `nbtrack-permissions-${++tables}`;
    this.root = el.appendChild(element("div", "nbtrack-permissions"));
    if (!model.get("enforced")) this.root.append(element("div", "nbtrack-faint", LOCAL));
    this.table = this.root.appendChild(element("div"));
    this.error = this.root.appendChild(element("div", "nbtrack-error"));
    this.error.setAttribute("role", "alert");
    this.status = this.root.appendChild(element("div", "nbtrack-done"));
    this.status.setAttribute("role", "status");
    this.plan = this.root.appendChild(element("section", "nbtrack-plan"));
    this.plan.setAttribute("aria-label", "Plan");
    this.handlers = [
      ["change:experiments", () => this.drawTable()],
      ["change:plan", () => this.drawPlan()],
      ["change:error", () => this.drawWords()],
      ["change:status", () => this.drawWords()],
    ];
    for (const [name, act] of this.handlers) model.on(name, act);
    this.drawTable();
    this.drawPlan();
    this.drawWords();
  }

  wish(experiment, kind, name, level) {
    this.model.send({ type: "wish", id: 0, experiment, kind, name, level });
  }

  // --- the table

  drawTable() {
    const focus = this.root.contains(document.activeElement) && document.activeElement.id;
    const shown = this.model.get("experiments").map((one, place) => this.experiment(one, place));
    this.table.replaceChildren(...shown);
    if (focus) document.getElementById(focus)?.focus();
  }

  experiment({ id, name, rows }, place) {
    const part = element("section");
    const table = part.appendChild(element("table", "nbtrack-pairs"));
    table.append(element("caption", "", `Experiment ${name} (${id})`));
    const head = table.appendChild(element("thead")).appendChild(element("tr"));
    for (const title of ["Who", "Kind", "Granted here", "Inherited"]) {
      head.appendChild(element("th", "", title)).scope = "col";
    }
    const body = table.appendChild(element("tbody"));
    rows.forEach((row, at) => body.append(this.row(id, row, `${this.id}-${place}-${at}`)));
    part.append(this.more(id, `${this.id}-${place}`));
    return part;
  }

  row(experiment, { kind, word, name, granted, wish, inherited }, key) {
    const line = element("tr", wish === granted ? "" : "nbtrack-changed");
    const who = line.appendChild(element("th", "", name));
    who.scope = "row";
    line.append(element("td", "", word));
    const cell = line.appendChild(element("td"));
    const choice = cell.appendChild(this.levels([granted, wish], "none"));
    Object.assign(choice, { id: key, value: wish });
    choice.setAttribute("aria-label", `Level of ${name}`);
    choice.onchange = () => this.wish(experiment, kind, name, choice.value);
    if (wish !== granted) cell.append(element("span", "nbtrack-was", `was ${granted || "none"}`));
    line.append(element("td", "nbtrack-faint", inherited));
    return line;
  }

  levels(more, none) {
    const made = element("select");
    if (none) made.append(new Option(none, ""));
    const offered = this.model.get("levels").map(({ level }) => level);
    for (const level of new Set([...offered, ...more.filter(Boolean)])) {
      const option = made.appendChild(new Option(level, level));
      option.title = this.model.get("levels").find((one) => one.level === level)?.text ?? "";
    }
    return made;
  }

  more(experiment, key) {
    const form = element("form", "nbtrack-line");
    const kind = form.appendChild(element("select"));
    kind.append(...KINDS.map(([value, word]) => new Option(word, value)));
    kind.setAttribute("aria-label", "Kind");
    const name = form.appendChild(element("input"));
    Object.assign(name, { id: `${key}-name`, type: "text", placeholder: "Somebody else" });
    name.setAttribute("aria-label", "Name");
    const level = form.appendChild(this.levels([]));
    level.setAttribute("aria-label", "Level");
    const add = form.appendChild(button("Add to the plan"));
    add.type = "submit";
    form.onsubmit = (event) => {
      event.preventDefault();
      this.wish(experiment, kind.value, name.value, level.value);
    };
    return form;
  }

  // --- the plan

  drawPlan() {
    const { calls = [], notes = [], turn } = this.model.get("plan");
    if (!calls.length) {
      const isRefused = this.model.get("experiments")
        .some(({ rows }) => rows.some(({ wish, granted }) => wish !== granted));
      const line = element("div", "nbtrack-line");
      line.append(element("span", "nbtrack-faint", isRefused ? REFUSED : NOTHING));
      if (isRefused) line.append(this.discard(turn));
      this.plan.replaceChildren(line);
      return;
    }
    const count = `${calls.length} ${calls.length === 1 ? "call" : "calls"}`;
    const parts = [element("div", "nbtrack-title", `Plan: ${count}, nothing is sent yet`)];
    for (const { method, path, body } of calls) {
      const text = parts[parts.push(element("pre", "nbtrack-file")) - 1];
      text.tabIndex = 0;
      text.setAttribute("role", "region");
      text.setAttribute("aria-label", `${method} ${path}`);
      text.append(element("b", "", `${method} ${path}`), `\n${body}`);
    }
    if (notes.length) {
      const list = parts[parts.push(element("ul", "nbtrack-notes")) - 1];
      list.append(...notes.map((note) => element("li", "", note)));
    }
    const line = parts[parts.push(element("div", "nbtrack-line")) - 1];
    const apply = line.appendChild(button(`Apply: send ${count}`, () => {
      apply.disabled = true;
      this.model.send({ type: "apply", id: 0, turn });
    }, "nbtrack-button nbtrack-strong"));
    line.append(this.discard(turn));
    this.plan.replaceChildren(...parts);
  }

  discard(turn) {
    return button("Discard the changes", () => this.model.send({ type: "discard", id: 0, turn }));
  }

  drawWords() {
    this.error.textContent = this.model.get("error");
    this.status.textContent = this.model.get("status");
  }

  end() {
    for (const [name, act] of this.handlers) this.model.off(name, act);
    this.root.remove();
  }
}

export default {
  render({ model, el }) {
    const view = new Permissions(model, el);
    return () => view.end();
  },
};
