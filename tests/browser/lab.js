// What the tests ask of JupyterLab. Loaded into the page before Lab; lab.py calls it.
window.nbtrackLab = {
  outcome: null,

  notebooks() {
    return [...window.jupyterapp.shell.widgets("main")].filter((widget) => widget.context);
  },

  paths() {
    return this.notebooks().map((widget) => widget.context.path);
  },

  find(path) {
    return this.notebooks().find((widget) => widget.context.path === path);
  },

  // Starts a command of Lab; `outcome` says how it ended. Its promise would have no timeout.
  start(name, args) {
    this.outcome = null;
    window.jupyterapp.commands.execute(name, args).then(
      () => (this.outcome = "done"),
      (error) => (this.outcome = String(error)),
    );
  },

  isOpen(path) {
    const widget = this.find(path);
    return Boolean(widget && widget.context.isReady && widget.content.widgets.length);
  },

  isIdle(path) {
    const kernel = this.find(path)?.context.sessionContext.session?.kernel;
    return kernel?.status === "idle";
  },

  activate(path, cell) {
    const widget = this.find(path);
    window.jupyterapp.shell.activateById(widget.id);
    if (cell !== null) widget.content.activeCellIndex = cell;
  },

  isActive(path) {
    return window.jupyterapp.shell.currentWidget === this.find(path);
  },

  panel(path) {
    return CSS.escape(this.find(path).id);
  },

  hasKernel(path) {
    return Boolean(this.find(path).context.sessionContext.session);
  },

  // From the model, since Lab need not have drawn every output.
  outputs(path) {
    const cells = this.find(path).content.widgets.map((cell) => cell.model.sharedModel.toJSON());
    return cells.flatMap((cell) => cell.outputs ?? []);
  },

  isSaved(path) {
    return !this.find(path).context.model.dirty;
  },

  height(path) {
    const cells = this.find(path).content.widgets.map((cell) => cell.node.offsetHeight);
    return cells.reduce((sum, height) => sum + height, 0);
  },

  scrollToTop(path) {
    const node = this.find(path).content.node;
    node.scrollTop = 0;
    for (const part of node.querySelectorAll(".jp-WindowedPanel-outer")) part.scrollTop = 0;
  },

  // Two frames: one for the layout after a change, one for what that layout sets off.
  settle() {
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  },

  close(path) {
    const widget = this.find(path);
    widget.context.model.dirty = false; // or Lab asks
    widget.dispose();
    for (const dialog of document.querySelectorAll(".jp-Dialog")) dialog.remove();
  },

  // The contrast ratio of WCAG 2 between the text of one element and the ground of another.
  contrast(text, ground) {
    const style = getComputedStyle(text);
    const ink = text instanceof SVGElement ? style.fill : style.color;
    const [low, high] = [luminance(ink), luminance(opaqueGround(ground))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  },
};

function rgba(colour) {
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
}

function luminance(colour) {
  const [r, g, b] = rgba(colour)
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function opaqueGround(element) {
  for (let node = element; node; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor;
    if (rgba(colour)[3] === 255) return colour;
  }
  return "white";
}
