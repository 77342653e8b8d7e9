// Elements of the views, and the clipboard. Stands in front of the files that use it; all text goes
// in as text.

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function button(text, act, name = "nbtrack-button") {
  const made = element("button", name, text);
  made.type = "button";
  made.onclick = act;
  return made;
}

// Whether a text was copied. If the page may not write to the clipboard, `select` selects the text,
// so that the older way works or the person can do it.
async function copied(text, select) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    select();
    return Boolean(document.execCommand?.("copy"));
  }
}
