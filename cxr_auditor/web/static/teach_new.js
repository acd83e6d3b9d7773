// A new case. Gradio runs this once, after teach_findings.js, with `element`, `props`, `trigger` and `watch`. What is typed and drawn
// stays in the browser until Save; the film waits on the server, in memory, and a reload forgets it. `props.value` is {html, view, names}.
let shown = false;
let drawnOn = null; // the film on which the boxes were drawn, by its checksum
const form = () => one('[data-form="save"]');
const stash = () => `cxr-teach new ${props.value.by}`;
const unsent = () => shown && form() && { name: stash(), drawnOn, fields: Object.fromEntries(new FormData(form())) };
const goOn = kept => {
  drawnOn = kept.drawnOn;
  for (const field of form().elements) {
    if (field.type === "checkbox") field.checked = field.name in kept.fields;
    else if (field.name) field.value = kept.fields[field.name];
  }
  one("[data-again]").hidden = false;
  findAgain(kept);
};
const KEPT = ["source", "licence", "difficulty", "synthetic"]; // the next film is often of the same kind

const take = () => {
  const on = props.value;
  if (!on?.view) return;
  desk.dataset.teach = on.view;
  names = on.names ?? {};
  if (shown && form()) {
    for (const field of form().elements) if (field.name && !KEPT.includes(field.name)) field.value = "";
  }
  noFindings();
  busy(false);
  if (shown) inStorage("removeItem", stash());
  else if (form() && left(stash())) goOn(left(stash()));
  shown = true;
};
watch("value", take);

element.addEventListener("submit", event => {
  event.preventDefault();
  ask("save", { ...Object.fromEntries(new FormData(form())), entries: entries() });
});
desk.addEventListener("teach:told", ({ detail: { film: sent } }) => {
  if (!sent) return;
  if (sent === drawnOn) findAgain({ drawn, stated }); else noBoxes(); // they were drawn on another film
  drawnOn = sent;
  one("[data-again]").hidden = true;
  keepHere();
});
trigger("start", { sent: {} });
