// The walkthrough. Gradio runs this once, with `element`, `props`, `trigger` and `watch`.
// A case comes with all its steps, {kind, title, html, lit: [{box, kind, label, urgent}]}: turning them asks nobody. The HTML is escaped by
// the server's templates; whatever else comes from outside is set as text.
const root = element.querySelector(".cxr-walk");
const part = selector => root.querySelector(selector);
const [chooser, live, told, body] = [".walk-choose select", ".walk-live input", ".walk-told", ".walk-body"].map(part);
const panel = part(".walk-panel");
const [layer, labels, list, status] = [".walk-film svg", ".walk-film .labels", ".walk-nav ol", ".walk-status"].map(part);
const buttons = Object.fromEntries([...root.querySelectorAll("[data-walk]")].map(button => [button.dataset.walk, button]));

const PATIENCE = 8000; // milliseconds until a silent server is told of
let walk = null;
let at = 0;
let asked = 0;
let wanted = 1;
let waiting = 0;

const shown = () => root.getClientRects().length > 0;
const tell = text => { told.textContent = text; told.hidden = !text; };
const say = text => { status.textContent = text; };

// Links: #walkthrough=CASE/STEP, steps counted from 1

const address = () => `#walkthrough=${encodeURIComponent(walk.case)}/${at + 1}`;
const keep = hash => history.replaceState(history.state, "", hash || location.pathname + location.search);
const follow = () => {
  if (!location.hash.startsWith("#walkthrough")) return;
  const found = /^#walkthrough=([^/]+)(?:\/(\d+))?$/.exec(location.hash);
  let name = "";
  try { name = decodeURIComponent(found?.[1] ?? ""); } catch { /* told below, as any other address that names no case */ }
  if (!name) return tell("This link names no case. It must end in #walkthrough=CASE/STEP. Choose a case from the list.");
  const step = Number(found[2] ?? 1);
  if (walk?.case === name) go(step - 1, step); else begin(name, step);
};

// Asking for a case

const begin = (name, step = 1) => {
  asked += 1;
  wanted = step;
  tell("");
  say("Opening the case.");
  root.classList.add("waiting");
  clearTimeout(waiting);
  waiting = setTimeout(() => tell("The server has not answered yet. What is on show still works; choose the case again if nothing comes."), PATIENCE);
  trigger("begin", { case: name, live: live.checked, number: asked });
};

const take = () => {
  const { shelf, walk: next, number, problem } = props.value ?? {};
  if (shelf) fill(shelf);
  if (number !== null && number !== asked) return; // the answer to an older question
  if (number !== null) {
    clearTimeout(waiting);
    root.classList.remove("waiting");
    tell("");
    say("");
  }
  if (problem) tell(problem);
  if (next) {
    walk = next;
    root.dataset.empty = "false";
    root.classList.remove("choosing");
    part(".walk-case").textContent = walk.name;
    root.style.setProperty("--ratio", walk.ratio);
    part(".walk-film img").src = walk.film;
    part(".walk-film img").alt = "The chest film of this case";
    list.replaceChildren(...walk.steps.map(entry));
    go(wanted - 1, wanted);
    if (shown()) root.focus({ preventScroll: true });
  }
};

const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });
const fill = libraries => {
  const groups = libraries.map(({ title, cases }) => {
    const group = Object.assign(document.createElement("optgroup"), { label: title });
    group.append(...cases.map(one => option(one.name, one.title)));
    return group;
  });
  chooser.replaceChildren(option("", "Choose a case"), ...groups);
};

// Steps

const entry = (step, number) => {
  const item = document.createElement("li");
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: step.title });
  button.dataset.step = number;
  button.dataset.number = number + 1;
  item.append(button);
  return item;
};

const go = (to, meant) => {
  if (!walk) return;
  const last = walk.steps.length - 1;
  const lost = meant !== undefined && (meant < 1 || meant > last + 1);
  at = lost ? 0 : Math.min(Math.max(to, 0), last);
  tell(lost ? `The link asks for step ${meant}, but this case has ${last + 1} steps. This is the first.` : "");
  const step = walk.steps[at];
  part(".walk-count").textContent = `${at + 1} of ${last + 1}`;
  part(".walk-title").textContent = step.title;
  body.innerHTML = step.html;
  panel.scrollTop = 0;
  light(step);
  for (const button of list.querySelectorAll("button")) {
    const here = Number(button.dataset.step) === at;
    if (here) button.setAttribute("aria-current", "step"); else button.removeAttribute("aria-current");
    if (here) list.scrollTo({ left: button.offsetLeft - list.clientWidth / 2 + button.clientWidth / 2 });
  }
  buttons.back.disabled = at === 0;
  buttons.on.disabled = at === last;
  say(`Step ${at + 1} of ${last + 1}: ${step.title}. ${body.querySelector(".lead")?.textContent ?? ""}`);
  part(".walk-link").href = address();
  if (shown()) keep(address());
};

const svg = (name, attributes, parent) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) node.setAttribute(attribute, value);
  parent.append(node);
  return node;
};

// What is lit: a search area by dimming all else, a finding by its line and label.
const light = ({ kind, lit }) => {
  layer.replaceChildren();
  labels.replaceChildren();
  if (kind === "area") {
    const mask = svg("mask", { id: "cxr-walk-dim" }, layer);
    svg("rect", { width: 1, height: 1, fill: "#fff" }, mask);
    for (const { box: [y0, x0, y1, x1] } of lit) svg("rect", { x: x0, y: y0, width: x1 - x0, height: y1 - y0, fill: "#000" }, mask);
    svg("rect", { class: "dim", width: 1, height: 1, mask: "url(#cxr-walk-dim)" }, layer);
  }
  for (const { box: [y0, x0, y1, x1], kind: look, label, urgent } of lit) {
    const group = svg("g", { class: `box k-${look}${urgent ? " is-urgent" : ""}` }, layer);
    for (const line of ["casing", "line"]) svg("rect", { class: line, x: x0, y: y0, width: x1 - x0, height: y1 - y0 }, group);
    if (label) nameBox([y0, x0, y1, x1], look, label, urgent);
  }
};

const nameBox = ([y0, x0, y1, x1], look, label, urgent) => {
  const tag = Object.assign(document.createElement("span"), { className: `box k-${look}${urgent ? " is-urgent" : ""}`, textContent: label });
  const under = y1 < 0.94 && (look === "live" || y0 < 0.06);
  tag.style.top = `${(under ? y1 : y0) * 100}%`;
  tag.classList.toggle("below", under || y0 < 0.06);
  if (x0 + x1 < 1) tag.style.left = `${x0 * 100}%`; else tag.style.right = `${(1 - x1) * 100}%`;
  labels.append(tag);
  while (tag.offsetTop < layer.clientHeight && [...labels.children].some(other => other !== tag && overlap(other, tag))) {
    tag.style.top = `${parseFloat(tag.style.top) + 2}%`;
  }
};
const overlap = (one, two) => {
  const [a, b] = [one.getBoundingClientRect(), two.getBoundingClientRect()];
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
};

// Full screen, or the whole window where a browser or a frame does not give it

const full = () => document.fullscreenElement === root || root.classList.contains("full");
const markFull = () => { root.classList.toggle("big", full()); buttons.full.setAttribute("aria-pressed", full()); };
const leave = () => {
  if (document.fullscreenElement === root) document.exitFullscreen();
  root.classList.remove("full");
  markFull();
};
const enter = async () => {
  try { await root.requestFullscreen(); } catch { root.classList.add("full"); }
  markFull();
};
document.addEventListener("fullscreenchange", markFull);

// Keys: only while the tab is on show, and only where nobody types or chooses

const moves = {
  ArrowRight: () => go(at + 1), ArrowLeft: () => go(at - 1), PageDown: () => go(at + 1), PageUp: () => go(at - 1),
  " ": () => go(at + 1), Home: () => go(0), End: () => go(walk.steps.length - 1), f: () => full() ? leave() : enter(),
};
const taken = target => target.closest?.('input, textarea, select, [contenteditable], [role="tab"], [role="listbox"], [role="menu"]');
const scrolls = { ArrowDown: 1, ArrowUp: -1 };
document.addEventListener("keydown", event => {
  if (!shown() || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && full()) return leave();
  const move = moves[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!walk || taken(event.target)) return;
  if (scrolls[event.key] && panel.scrollHeight > panel.clientHeight) {
    event.preventDefault();
    panel.scrollBy(0, scrolls[event.key] * panel.clientHeight * 0.3);
  }
  if (!move) return;
  if (event.key === " " && event.target.closest?.("button, a")) return; // it presses what has the focus
  event.preventDefault();
  move();
});

root.addEventListener("click", event => {
  const button = event.target.closest("button");
  const other = () => { root.classList.add("choosing"); chooser.value = ""; chooser.focus(); };
  const actions = { back: () => go(at - 1), on: () => go(at + 1), full: () => full() ? leave() : enter(), other };
  if (button?.dataset.step) go(Number(button.dataset.step)); else actions[button?.dataset.walk]?.();
});
chooser.addEventListener("change", () => { if (chooser.value) begin(chooser.value); });
chooser.addEventListener("blur", () => root.classList.remove("choosing"));
live.addEventListener("change", () => { if (walk) begin(walk.case, at + 1); });

// Another tab comes and goes: the address names a step only while one is on show.
let visible = null;
new ResizeObserver(() => {
  if (visible === shown()) return;
  visible = shown();
  if (visible && walk) { keep(address()); root.focus({ preventScroll: true }); }
  if (!visible && walk && location.hash.startsWith("#walkthrough")) keep("");
}).observe(root);
addEventListener("hashchange", follow);
watch("value", take);
take();
follow();
