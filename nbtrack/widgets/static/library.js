// plotly.js in the page: one promise a version. Stands in front of the files that use it.

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

async function unpack(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const source = await new Response(stream).text();
  const head = "const module = { exports: {} }, exports = module.exports, define = undefined;\n";
  const parts = [head, source, "\nexport default module.exports;"];
  const url = URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));
  try {
    return (await import(url)).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}
