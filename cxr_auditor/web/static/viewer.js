// The film viewer. Gradio runs this once, with `element` (the component's root), `props` and `watch`.
// Films stand on several tabs: what concerns this one comes from its own tab. It tells where the film lies by the event cxr:drawn.
// Boxes come by the event cxr:marks as [{ref, kind, label, short, urgent, quiet, boxes: [[y0, x0, y1, x1], ...]}], in [0, 1] of the film.
const desk = element.closest('[role="tabpanel"]') ?? document;
const root = element.querySelector(".cxr-viewer");
const stage = root.querySelector(".stage");
const film = root.querySelector(".film");
const filter = root.querySelector("filter");
filter.id = `${element.id}-window`;
film.style.filter = `url(#${filter.id})`;
const layer = root.querySelector(".boxes");
const sliders = { width: root.querySelector('[data-level="width"]'), centre: root.querySelector('[data-level="centre"]') };
const buttons = Object.fromEntries([...root.querySelectorAll("[data-do]")].map(button => [button.dataset.do, button]));

const START = { zoom: 1, x: 0, y: 0, width: 255, centre: 128, inverted: false, boxes: true };
const MOST = 16;
let view = { ...START };
let marks = [];
let hidden = new Set();
let key = "";
let tool = "move";

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const svg = (name, attributes, parent) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) node.setAttribute(attribute, value);
  parent?.append(node);
  return node;
};

// Geometry: the film is fitted into the stage, centred, then zoomed about the stage's centre and moved by (x, y) stage pixels.

const place = () => {
  const { clientWidth: w, clientHeight: h } = stage;
  const fit = film.naturalWidth ? Math.min(w / film.naturalWidth, h / film.naturalHeight) : 0;
  const scale = fit * view.zoom;
  const width = film.naturalWidth * scale;
  const height = film.naturalHeight * scale;
  const reachX = Math.max(0, (width - w) / 2) + w * 0.25 * (view.zoom > 1);
  const reachY = Math.max(0, (height - h) / 2) + h * 0.25 * (view.zoom > 1);
  view.x = clamp(view.x, -reachX, reachX);
  view.y = clamp(view.y, -reachY, reachY);
  return { scale, width, height, left: (w - width) / 2 + view.x, top: (h - height) / 2 + view.y };
};

const draw = () => {
  const at = place();
  film.style.transform = `translate(${at.left}px, ${at.top}px) scale(${at.scale})`;
  const slope = 255 / view.width;
  const base = -(view.centre - view.width / 2) / view.width;
  for (const channel of root.querySelectorAll("feComponentTransfer > *")) {
    channel.setAttribute("slope", view.inverted ? -slope : slope);
    channel.setAttribute("intercept", view.inverted ? 1 - base : base);
  }
  for (const [name, slider] of Object.entries(sliders)) {
    slider.value = view[name];
    slider.nextElementSibling.value = Math.round(view[name]);
  }
  root.querySelector(".zoom").value = `${Math.round(view.zoom * 100)} %`;
  buttons.invert.setAttribute("aria-pressed", view.inverted);
  buttons.boxes.setAttribute("aria-pressed", view.boxes);
  buttons.move.setAttribute("aria-pressed", tool === "move");
  buttons.window.setAttribute("aria-pressed", tool === "window");
  Object.assign(root.dataset, { zoom: view.zoom.toFixed(2), width: Math.round(view.width), centre: Math.round(view.centre), inverted: view.inverted, tool });
  stage.style.touchAction = view.zoom > 1 || tool === "window" ? "none" : "pan-y";
  drawBoxes(at);
  root.dispatchEvent(new CustomEvent("cxr:drawn", { detail: at, bubbles: true }));
};

// Boxes are drawn in stage pixels, so that lines and labels keep their size at every zoom.

// One box under several flags is drawn once, as the most important of them, and answers to all.

const LEAST = 8;
const shownBoxes = () => {
  const byPlace = new Map();
  for (const mark of marks.filter(mark => !hidden.has(mark.ref))) {
    for (const box of mark.boxes) {
      const place = box.join();
      if (byPlace.has(place)) byPlace.get(place).refs.push(mark.ref);
      else byPlace.set(place, { mark, box, refs: [mark.ref], key: `${mark.ref}:${place}` });
    }
  }
  return [...byPlace.values()];
};
const drawBoxes = at => {
  const focused = layer.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  layer.replaceChildren();
  layer.toggleAttribute("hidden", !view.boxes || !key);
  if (!view.boxes || !key) return;
  const boxes = shownBoxes();
  const area = ([y0, x0, y1, x1]) => (y1 - y0) * (x1 - x0);
  boxes.sort((a, b) => area(b.box) - area(a.box)); // the small ones on top, where they can be reached
  const taken = [];
  for (const entry of boxes) {
    const [y0, x0, y1, x1] = entry.box;
    const w = Math.max((x1 - x0) * at.width, LEAST);
    const h = Math.max((y1 - y0) * at.height, LEAST);
    const x = at.left + ((x0 + x1) / 2) * at.width - w / 2;
    const y = at.top + ((y0 + y1) / 2) * at.height - h / 2;
    const group = svg("g", {
      class: `box k-${entry.mark.kind}${entry.mark.urgent ? " is-urgent" : ""}`, "data-refs": entry.refs.join(" "), "data-key": entry.key,
      tabindex: 0, role: "button", "aria-label": entry.mark.label,
    }, layer);
    if (entry.mark.urgent) svg("rect", { class: "outer", x: x - 5, y: y - 5, width: w + 10, height: h + 10, rx: 4 }, group);
    svg("rect", { class: "casing", x, y, width: w, height: h, rx: 2 }, group);
    svg("rect", { class: "line", x, y, width: w, height: h, rx: 2 }, group);
    drawLabel(group, entry.mark, x, y, h, taken);
    if (entry.key === focused) group.focus({ preventScroll: true });
  }
};

const drawLabel = (group, mark, x, y, h, taken) => {
  const band = svg("rect", { class: "band", rx: 3 }, group);
  const text = svg("text", {}, group);
  text.textContent = mark.label;
  if (text.getComputedTextLength() > stage.clientWidth * 0.6) text.textContent = mark.short;
  const width = Math.min(text.getComputedTextLength() + 12, stage.clientWidth);
  const height = 20;
  const left = clamp(x - 1, 0, Math.max(0, stage.clientWidth - width));
  const edge = mark.urgent ? 7 : 2;
  const free = top => top >= 0 && top + height <= stage.clientHeight && !taken.some(t => left < t.right && left + width > t.left && top < t.bottom && top + height > t.top);
  const spots = [y - height - edge, y + h + edge, y + edge, ...Array.from({ length: 8 }, (_, i) => y + edge + (i + 1) * (height + 2))];
  const top = spots.find(free) ?? clamp(spots[0], 0, stage.clientHeight - height);
  taken.push({ left, right: left + width, top, bottom: top + height });
  for (const [name, value] of Object.entries({ x: left, y: top, width, height })) band.setAttribute(name, value);
  text.setAttribute("x", left + 6);
  text.setAttribute("y", top + 14.5);
};

// Moves

const set = change => { Object.assign(view, change); draw(); };
const zoomAt = (factor, px = stage.clientWidth / 2, py = stage.clientHeight / 2) => {
  const zoom = clamp(view.zoom * factor, 1, MOST);
  const k = zoom / view.zoom;
  const dx = px - stage.clientWidth / 2, dy = py - stage.clientHeight / 2;
  set(zoom === 1 ? { zoom, x: 0, y: 0 } : { zoom, x: dx - (dx - view.x) * k, y: dy - (dy - view.y) * k });
};
const windowBy = (dWidth, dCentre) => set({ width: clamp(view.width + dWidth, 2, 510), centre: clamp(view.centre + dCentre, 0, 255) });
const showAll = () => {
  hidden = new Set();
  for (const toggle of desk.querySelectorAll("[data-toggle]")) toggle.setAttribute("aria-pressed", "true");
};
const actions = {
  in: () => zoomAt(1.25),
  out: () => zoomAt(0.8),
  fit: () => set({ zoom: 1, x: 0, y: 0 }),
  move: () => { tool = "move"; draw(); },
  window: () => { tool = "window"; draw(); },
  invert: () => set({ inverted: !view.inverted }),
  boxes: () => set({ boxes: !view.boxes }),
  reset: () => { showAll(); tool = "move"; set({ ...START }); },
};
root.addEventListener("click", event => actions[event.target.closest("[data-do]")?.dataset.do]?.());
for (const [name, slider] of Object.entries(sliders)) slider.addEventListener("input", () => set({ [name]: Number(slider.value) }));

stage.addEventListener("wheel", event => {
  if (!key) return;
  event.preventDefault();
  const at = stage.getBoundingClientRect();
  zoomAt(Math.exp(-event.deltaY * 0.0015), event.clientX - at.left, event.clientY - at.top);
}, { passive: false });
stage.addEventListener("contextmenu", event => event.preventDefault());
stage.addEventListener("dblclick", actions.fit);

const fingers = new Map();
const spread = () => { const [a, b] = [...fingers.values()]; return { d: Math.hypot(a.x - b.x, a.y - b.y) || 1, x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }; };
let drag = null;
stage.addEventListener("pointerdown", event => {
  if (!key) return;
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  drag = event.button === 2 || event.shiftKey || tool === "window" ? "window" : "move";
  if (fingers.size === 2) drag = "pinch";
});
stage.addEventListener("pointermove", event => {
  const from = fingers.get(event.pointerId);
  if (!from) return;
  const dx = event.clientX - from.x, dy = event.clientY - from.y;
  if (Math.hypot(dx, dy) < 3 && !stage.hasPointerCapture(event.pointerId)) return; // a click is not a drag
  stage.setPointerCapture(event.pointerId);
  if (drag === "pinch" && fingers.size === 2) {
    const before = spread();
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const now = spread(), at = stage.getBoundingClientRect();
    zoomAt(now.d / before.d, now.x - at.left, now.y - at.top);
    return;
  }
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  if (drag === "window") windowBy(dx, dy * 0.5);
  else if (drag === "move") set({ x: view.x + dx, y: view.y + dy });
});
for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, event => { fingers.delete(event.pointerId); if (!fingers.size) drag = null; });

const STEP = 40;
const keys = { "+": actions.in, "=": actions.in, "-": actions.out, "0": actions.fit, i: actions.invert, b: actions.boxes, r: actions.reset };
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
stage.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const arrow = arrows[event.key];
  if (arrow && event.shiftKey) windowBy(arrow[0] * 10, -arrow[1] * 5);
  else if (arrow) set({ x: view.x - arrow[0] * STEP, y: view.y - arrow[1] * STEP });
  else if (keys[event.key.toLowerCase()]) keys[event.key.toLowerCase()]();
  else return;
  event.preventDefault();
});

// What comes from outside

const load = () => {
  const { src, key: next } = props.value;
  if (next === key) return;
  key = next;
  marks = [];
  showAll();
  view = { ...START };
  root.dataset.empty = String(!src);
  film.hidden = !src;
  if (src) film.src = src; else film.removeAttribute("src");
  draw();
};
film.addEventListener("load", draw);
new ResizeObserver(draw).observe(stage);
watch("value", load);
desk.addEventListener("cxr:marks", event => {
  marks = event.detail ?? [];
  showAll();
  for (const { ref } of marks.filter(mark => mark.quiet)) { // shown when asked for
    hidden.add(ref);
    desk.querySelector(`[data-toggle="${ref}"]`)?.setAttribute("aria-pressed", "false");
  }
  draw();
});
desk.addEventListener("cxr:toggle", ({ detail: { ref, on } }) => { on ? hidden.delete(ref) : hidden.add(ref); draw(); });
desk.addEventListener("cxr:find", ({ detail: ref }) => {
  const boxes = marks.filter(mark => mark.ref === ref).flatMap(mark => mark.boxes);
  if (!boxes.length) return;
  const [y0, x0, y1, x1] = [0, 1, 2, 3].map(i => Math[i < 2 ? "min" : "max"](...boxes.map(box => box[i])));
  if (view.zoom > 1) {
    const at = place();
    set({ x: view.x + stage.clientWidth / 2 - (at.left + ((x0 + x1) / 2) * at.width), y: view.y + stage.clientHeight / 2 - (at.top + ((y0 + y1) / 2) * at.height) });
  }
  stage.scrollIntoView({ block: "nearest" });
});
load();
draw();
