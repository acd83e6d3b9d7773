// The group's part of the Teacher tab. Gradio runs this once, after teach_findings.js, with `element`, `props`, `trigger` and `watch`.
// `props.value` is what the server puts on show: {html, view, names, marks}, and of a case to rule on its name and the mark of its truth.
let on = { view: "" };
let ruled = ""; // the name under which a ruling that is on its way is kept here
const number = text => (text == null ? null : Number(text));

// The address: #teach=case&case=NAME, #teach=session&key=KEY and &number=N for one of its cases; the group has none.

const PLACE = "#teach=";
const address = () => {
  const { case: name, key, number } = on;
  const fields = { case: { case: name }, session: { key }, turn: { key, number } }[on.view];
  return fields ? `${PLACE}${on.view}&${new URLSearchParams(fields)}` : "";
};
let following = false; // what comes next is at the address already
const follow = () => {
  const fields = new URLSearchParams(location.hash.startsWith(PLACE) ? location.hash.slice(1) : "");
  following = true;
  ask("find", { case: fields.get("case"), key: fields.get("key"), number: number(fields.get("number")) });
};
const goToAddress = () => {
  const hash = address();
  const method = following ? "replaceState" : "pushState";
  following = false;
  if (hash === location.hash || (!hash && !location.hash.startsWith(PLACE))) return; // another tab has addresses of its own
  history[method](null, "", location.pathname + location.search + hash);
};
addEventListener("popstate", () => {
  const here = location.hash === "" && element.offsetParent !== null;
  if (location.hash !== address() && (here || location.hash.startsWith(PLACE))) follow();
});

// A ruling that is not sent yet

const stash = () => `cxr-teach case ${on.by} ${on.case}`; // whoever signs in next in this window has a stash of their own
const unsent = () => on.view === "case" && {
  name: stash(), seen: on.seen, why: one("[name=why]").value, off: all("[name=keep]:not(:checked)").map(tick => tick.value),
};
const goOn = kept => {
  one("[name=why]").value = kept.why;
  findAgain(kept);
  if (kept.seen !== on.seen) return; // somebody ruled in the meantime: there are other entries now
  for (const tick of all("[name=keep]").filter(tick => kept.off.includes(tick.value))) {
    tick.checked = false;
    tell("cxr:toggle", { ref: tick.dataset.ref, on: false });
  }
};

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
  if (ruled && on.view === "group") inStorage("removeItem", ruled);
  ruled = "";
  const kept = on.view === "case" && left(stash());
  if (kept) goOn(kept);
  if (on.view) goToAddress(); // who has to sign in first comes back to it
  if (before) arrive();
};
const arrive = () => {
  const head = one("[data-focus]");
  head?.focus({ preventScroll: true });
  if (desk.getBoundingClientRect().top < 0) desk.scrollIntoView({ block: "start" });
};
watch("value", take);

const steps = {
  show: () => ask("show", {}),
  pick: from => ask("pick", { case: from.dataset.case }),
  open: from => (from.dataset.key ? ask("open", { key: from.dataset.key, number: number(from.dataset.number) }) : steps.show()),
  download: from => {
    const key = from.closest("[data-key]")?.dataset.key ?? on.key ?? null;
    trigger("download", { sent: { what: from.dataset.what, key } });
  },
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
  ruled = stash();
  ask("rule", { case: on.case, seen: on.seen, keep, entries: entries(), why: form.elements.why.value, uphold });
});
desk.addEventListener("teach:told", ({ detail }) => { if (detail.failed) ruled = ""; }); // it is still to be sent
element.addEventListener("change", ({ target }) => { // an entry that goes takes its box with it
  if (target.matches("[name=keep]")) tell("cxr:toggle", { ref: target.dataset.ref, on: target.checked });
});
follow();
