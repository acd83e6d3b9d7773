// The group's part of the Teacher tab. Gradio runs this once, after teach_findings.js, with `element`, `props`, `trigger` and `watch`.
// `props.value` is what the server puts on show: {html, view, names, marks}, and of a case to rule on its name and the mark of its truth.
let on = { view: "" };

const fresh = () => { // a node that is used again keeps what was typed into it before
  for (const field of all("textarea")) field.value = field.defaultValue;
  for (const tick of all("[type=checkbox]")) tick.checked = tick.defaultChecked;
  for (const choice of all("select")) choice.selectedIndex = 0;
};
const take = () => {
  const before = on.view;
  on = props.value;
  if (!on || on.view === undefined) return;
  desk.dataset.teach = on.view;
  names = on.names ?? {};
  fresh();
  noFindings();
  busy(false);
  tell("cxr:marks", on.marks ?? []);
  if (before) arrive();
};
const arrive = () => {
  const head = one("[data-focus]");
  head?.focus({ preventScroll: true });
  if (desk.getBoundingClientRect().top < 0) desk.scrollIntoView({ block: "start" });
};
watch("value", take);

const number = text => (text === undefined ? null : Number(text));
const steps = {
  show: () => ask("show", {}),
  pick: from => ask("pick", { case: from.dataset.case }),
  open: from => (from.dataset.key ? ask("open", { key: from.dataset.key, number: number(from.dataset.number) }) : steps.show()),
  download: from => trigger("download", { sent: { what: from.dataset.what, key: from.closest("[data-key]")?.dataset.key ?? on.key ?? null } }),
};
element.addEventListener("click", event => {
  const from = event.target.closest("[data-do]");
  if (from && from.dataset.do in steps) steps[from.dataset.do](from);
});
element.addEventListener("submit", event => {
  event.preventDefault();
  const form = event.target.closest('[data-form="rule"]');
  if (!form) return;
  const keep = all("[name=keep]:checked").map(tick => Number(tick.value));
  const uphold = event.submitter?.value === "uphold";
  ask("rule", { case: on.case, seen: on.seen, keep, entries: entries(), why: form.elements.why.value, uphold });
});
element.addEventListener("change", ({ target }) => { // an entry that goes takes its box with it
  if (target.matches("[name=keep]")) tell("cxr:toggle", { ref: target.dataset.ref, on: target.checked });
});
trigger("show", { sent: {} });
