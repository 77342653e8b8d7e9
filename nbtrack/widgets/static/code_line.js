// A line of code with a button that copies it.

const BY_HAND = "The code is selected: copy it with Ctrl+C or ⌘C.";

export default {
  render({ model, el }) {
    const root = el.appendChild(element("div", "nbtrack-code-line"));
    const code = root.appendChild(element("code"));
    code.tabIndex = 0; // long lines scroll
    code.setAttribute("role", "region");
    code.setAttribute("aria-label", "Code");
    const told = element("span", "nbtrack-told");
    told.setAttribute("role", "status");
    const copy = button("Copy code", async () => {
      const done = await copied(code.textContent, () => getSelection().selectAllChildren(code));
      told.textContent = done ? "Copied" : BY_HAND;
    });
    root.append(copy, told);
    const draw = () => {
      code.textContent = model.get("code");
      told.textContent = "";
    };
    model.on("change:code", draw);
    draw();
    return () => model.off("change:code", draw);
  },
};
