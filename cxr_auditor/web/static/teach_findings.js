// Findings that a teacher puts on a film: drawn boxes (train_mark.js on the viewer of this part of the tab) and findings without a box.
// Gradio runs this right before teach.js or teach_new.js and in one scope with it. entries() is what goes to the server. What was not
// sent yet lies in this tab's own storage, so that Back or a reload takes nothing; those scripts say by unsent() what there is beside it.
const desk = element.closest('[role="tabpanel"]');
const one = selector => element.querySelector(selector);
const all = selector => [...element.querySelectorAll(selector)];
const tell = (name, detail) => element.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));

let drawn = []; // [{finding, box}], as train_mark.js tells them
let stated = []; // [{finding, side, status}]
let names = {};

const entries = () => [...drawn, ...stated];
const inStorage = (method, ...args) => { try { return sessionStorage[method](...args); } catch { return null; } };
const left = name => JSON.parse(inStorage("getItem", name) ?? "null");
const keepHere = () => {
  const rest = unsent();
  if (rest) inStorage("setItem", rest.name, JSON.stringify({ ...rest, drawn, stated }));
};
const findAgain = kept => {
  ({ drawn, stated } = kept);
  tell("train:own", { marks: drawn, names });
  list();
};
const part = name => one(`[data-part="${name}"]`);
const wordsOf = ({ finding, side, status }) => {
  const selected = [...part("status").options].find(option => option.value === status);
  return [names[finding], side, selected === part("status").options[0] ? "" : selected?.textContent].filter(Boolean).join(", ");
};
const line = (words, which, buttons) => {
  const item = document.createElement("li");
  const text = document.createElement("span");
  text.textContent = words;
  item.append(text, ...buttons.map(([what, label]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "cxr-btn";
    button.dataset.mark = what;
    button.dataset.which = which;
    button.textContent = label;
    button.setAttribute("aria-label", `${label} ${words}`);
    return button;
  }));
  return item;
};
const list = () => one(".teach-found")?.replaceChildren(
  ...drawn.map((mark, i) => line(`${i + 1} ${names[mark.finding]}, drawn`, i, [["reach", "Move"], ["remove", "Remove"]])),
  ...stated.map((entry, i) => line(wordsOf(entry), i, [["unstate", "Remove"]])),
);
const noBoxes = () => {
  drawn = [];
  tell("train:own", { marks: [], names });
  list();
};
const noFindings = () => {
  stated = [];
  noBoxes();
  sided();
  drawable();
};
let film = false; // without one there is nothing to draw on
const drawable = () => { for (const button of all('[data-mark="draw"], [data-mark="add"]')) button.disabled = !film; };
const sided = () => { if (part("side")) part("side").disabled = "unsided" in part("finding").selectedOptions[0].dataset; };

element.addEventListener("change", event => { if (event.target === part("finding")) sided(); });
element.addEventListener("click", event => {
  const from = event.target.closest("[data-mark]");
  if (!from) return;
  const finding = part("finding").value;
  const which = Number(from.dataset.which);
  const does = {
    draw: () => tell("train:draw", from.getAttribute("aria-pressed") === "true" ? null : finding),
    add: () => tell("train:add", finding),
    reach: () => tell("train:reach", which),
    remove: () => tell("train:remove", which),
    state: () => {
      const entry = { finding, side: part("side").disabled ? "" : part("side").value, status: part("status").value };
      if (!stated.some(known => wordsOf(known) === wordsOf(entry))) stated.push(entry);
      list();
      keepHere();
    },
    unstate: () => { stated.splice(which, 1); list(); keepHere(); part("finding").focus(); },
  };
  does[from.dataset.mark]?.();
});
desk.addEventListener("cxr:drawn", event => { film = event.detail.width > 0; drawable(); });
desk.addEventListener("train:owned", event => { drawn = event.detail; list(); keepHere(); });
element.addEventListener("input", keepHere);
desk.addEventListener("train:drawing", event => one('[data-mark="draw"]')?.setAttribute("aria-pressed", String(event.detail)));

const busy = yes => {
  desk.classList.toggle("train-busy", yes);
  for (const button of all("[data-do], [type=submit]")) button.disabled = yes;
};
const ask = (name, sent) => { busy(true); trigger(name, { sent }); };
desk.addEventListener("teach:told", ({ detail: { field, failed } }) => { // an answer has come: where something is wrong, go there
  busy(false);
  for (const marked of all("[aria-invalid]")) marked.removeAttribute("aria-invalid");
  const place = field ? one(`[name="${field}"], [data-part="${field}"]`) : null;
  place?.setAttribute("aria-invalid", "true");
  place?.focus();
  if (failed) desk.querySelector(".teach-notice")?.scrollIntoView({ block: "nearest" });
});
