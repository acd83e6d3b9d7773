// A new case. Gradio runs this once, after teach_findings.js, with `element`, `props`, `trigger` and `watch`. What is typed and drawn
// stays in the browser until Save; the film waits on the server, in memory. `props.value` is {html, view, names}.
let shown = false;
const form = () => one('[data-form="save"]');
const KEPT = ["source", "licence", "difficulty", "synthetic"]; // the next film is often of the same kind

const take = () => {
  const on = props.value;
  if (!on?.view) return;
  desk.dataset.teach = on.view;
  names = on.names ?? {};
  if (shown && form()) {
    for (const field of form().elements) if (field.name && !KEPT.includes(field.name)) field.value = "";
  }
  shown = true;
  noFindings();
  busy(false);
};
watch("value", take);

element.addEventListener("submit", event => {
  event.preventDefault();
  ask("save", { ...Object.fromEntries(new FormData(form())), entries: entries() });
});
desk.addEventListener("teach:told", event => { if (event.detail.film) noBoxes(); }); // they were drawn on the film before
trigger("start", { sent: {} });
