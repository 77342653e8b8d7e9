// plotly.js in the page: one promise a version. Stands in front of the files that use it.

const MOST_ROUNDS = 20; // a notebook that makes widgets all the time gets its charts too
const LONGEST_ROUND = 500;

function slot(version) {
  const slots = (globalThis.__nbtrackPlotly ??= new Map());
  if (!slots.has(version)) {
    const made = {};
    made.ready = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
    made.ready.catch(() => {});
    slots.set(version, made);
  }
  return slots.get(version);
}

async function unpack(packed, manager) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const source = await new Response(stream).text();
  const head = "export default () => {\n"
    + "const module = { exports: {} }, exports = module.exports, define = undefined;\n";
  const { default: run } = await imported([head, source, "\nreturn module.exports;\n};"]);
  await othersLoaded(manager);
  return run();
}

async function imported(parts) {
  const url = URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

// To run plotly.js blocks the page for a second or more. anywidget gives up a model that is not
// ready two seconds after it was made, and hears nothing that is sent to it from then on. So none
// may be on its way: modules arrive in the order in which they were asked for, and `_models`, which
// ipywidgets does not document, tells whether there are new ones since.
async function othersLoaded(manager) {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = Object.values(manager?._models ?? {});
    const late = new Promise((resolve) => setTimeout(resolve, LONGEST_ROUND));
    await Promise.race([Promise.allSettled(before), late]);
    await imported(["export default 0;"]);
    if (Object.keys(manager?._models ?? {}).length === before.length) return;
  }
}
