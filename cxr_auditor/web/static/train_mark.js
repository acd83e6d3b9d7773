// Boxes that a trainee draws on the film. Gradio runs this right after viewer.js and in its scope (desk, stage, svg, clamp).
// train:own brings {marks: [{finding, box}], names}; train:draw, train:add, train:reach and train:remove are what the panel's buttons
// do; each change goes out as train:owned. A box can be reached with Tab: arrows move it, Shift with arrows sizes it, Delete removes it.
const SMALLEST = 0.015; // of the film's side; a shorter drag was a click
const NUDGE = 0.01;
const sheet = svg("svg", { class: "own-boxes", role: "group", "aria-label": "Your boxes" });
stage.querySelector(".boxes").after(sheet);
let ownMarks = [];
let ownNames = {};
let drawing = null;
let filmAt = { left: 0, top: 0, width: 0, height: 0 };
let grip = null; // what the pointer holds: {mark, edge, from, start}

const tellDesk = (name, detail) => root.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
const changed = () => {
  drawOwn();
  tellDesk("train:owned", ownMarks.map(({ finding, box }) => ({ finding, box: box.map(value => Math.round(value * 1e4) / 1e4) })));
};
const draws = finding => {
  drawing = finding;
  sheet.classList.toggle("drawing", Boolean(finding));
  stage.classList.toggle("drawing", Boolean(finding));
  tellDesk("train:drawing", Boolean(finding));
};

const percent = value => `${Math.round(value * 100)} %`;
const described = (mark, i) => {
  const [y0, x0, y1, x1] = mark.box;
  const place = `${percent(x0)} from the left, ${percent(y0)} from the top, ${percent(x1 - x0)} wide, ${percent(y1 - y0)} high`;
  return `Your box ${i + 1}, ${ownNames[mark.finding]}: ${place}. Arrows move it, Shift with arrows sizes it, Delete removes it.`;
};
const EDGES = { nw: [0, 1], ne: [0, 3], sw: [2, 1], se: [2, 3] };

const drawOwn = () => {
  const focused = sheet.contains(document.activeElement) ? Number(document.activeElement.dataset.which) : null;
  sheet.replaceChildren();
  sheet.toggleAttribute("hidden", !key);
  ownMarks.forEach((mark, i) => {
    const [y0, x0, y1, x1] = mark.box;
    const x = filmAt.left + x0 * filmAt.width, y = filmAt.top + y0 * filmAt.height;
    const w = (x1 - x0) * filmAt.width, h = (y1 - y0) * filmAt.height;
    const group = svg("g", { class: "own", "data-which": i, tabindex: 0, role: "button", "aria-label": described(mark, i) }, sheet);
    svg("rect", { class: "casing", x, y, width: w, height: h }, group);
    svg("rect", { class: "line", x, y, width: w, height: h }, group);
    const label = svg("text", { x: x + 5, y: y > 18 ? y - 6 : y + 16 }, group);
    label.textContent = `${i + 1} ${ownNames[mark.finding] ?? ""}`;
    for (const [edge, [vertical, horizontal]] of Object.entries(EDGES)) {
      const [cx, cy] = [horizontal === 1 ? x : x + w, vertical === 0 ? y : y + h];
      svg("circle", { class: `handle ${edge}`, "data-edge": edge, cx, cy, r: 6 }, group);
    }
    if (i === focused) group.focus({ preventScroll: true });
  });
};

const pointAt = event => {
  const frame = stage.getBoundingClientRect();
  const x = (event.clientX - frame.left - filmAt.left) / filmAt.width, y = (event.clientY - frame.top - filmAt.top) / filmAt.height;
  return [clamp(y, 0, 1), clamp(x, 0, 1)];
};
const spanning = ([ya, xa], [yb, xb]) => [Math.min(ya, yb), Math.min(xa, xb), Math.max(ya, yb), Math.max(xa, xb)];
const moved = ([y0, x0, y1, x1], dy, dx) => {
  const y = clamp(y0 + dy, 0, 1 - (y1 - y0)), x = clamp(x0 + dx, 0, 1 - (x1 - x0));
  return [y, x, y + y1 - y0, x + x1 - x0];
};
const pulled = (box, edge, [y, x]) => {
  const [vertical, horizontal] = EDGES[edge];
  return spanning([box[2 - vertical], box[4 - horizontal]], [y, x]); // the opposite corner stays
};

sheet.addEventListener("pointerdown", event => {
  if (grip || event.button !== 0 || event.shiftKey) return;
  const group = event.target.closest(".own");
  if (!drawing && !group) return;
  event.stopPropagation();
  event.preventDefault();
  const from = pointAt(event);
  if (drawing) {
    ownMarks.push({ finding: drawing, box: [...from, ...from] });
    grip = { which: ownMarks.length - 1, fresh: true, from };
  } else {
    const which = Number(group.dataset.which);
    grip = { which, edge: event.target.dataset.edge, from, start: ownMarks[which].box };
  }
  sheet.setPointerCapture(event.pointerId);
});
sheet.addEventListener("pointermove", event => {
  if (!grip) return;
  event.stopPropagation();
  const to = pointAt(event);
  const mark = ownMarks[grip.which];
  if (grip.fresh) mark.box = spanning(grip.from, to);
  else if (grip.edge) mark.box = pulled(grip.start, grip.edge, to);
  else mark.box = moved(grip.start, to[0] - grip.from[0], to[1] - grip.from[1]);
  drawOwn();
});
for (const end of ["pointerup", "pointercancel"]) sheet.addEventListener(end, () => {
  if (!grip) return;
  const { which, fresh } = grip;
  grip = null;
  const [y0, x0, y1, x1] = ownMarks[which].box;
  const small = y1 - y0 < SMALLEST || x1 - x0 < SMALLEST;
  if (small) ownMarks.splice(which, 1);
  if (fresh && !small) draws(null);
  changed();
  if (!small) reach(which);
});
sheet.addEventListener("keydown", event => {
  const group = event.target.closest(".own");
  if (!group || event.ctrlKey || event.metaKey || event.altKey) return;
  const which = Number(group.dataset.which);
  const arrow = arrows[event.key];
  if (arrow) {
    const [y0, x0, y1, x1] = ownMarks[which].box;
    const dx = arrow[0] * NUDGE, dy = arrow[1] * NUDGE;
    ownMarks[which].box = event.shiftKey
      ? [y0, x0, clamp(y1 + dy, y0 + SMALLEST, 1), clamp(x1 + dx, x0 + SMALLEST, 1)]
      : moved([y0, x0, y1, x1], dy, dx);
    changed();
  } else if (event.key === "Delete" || event.key === "Backspace") remove(which);
  else return;
  event.preventDefault();
  event.stopPropagation();
});

const reach = which => sheet.querySelector(`[data-which="${which}"]`)?.focus({ preventScroll: true });
const remove = which => {
  ownMarks.splice(which, 1);
  changed();
  if (ownMarks.length) reach(Math.min(which, ownMarks.length - 1)); else stage.focus({ preventScroll: true });
};
const add = finding => { // in the middle of what is in sight
  const { left, top } = stage.getBoundingClientRect();
  const [y, x] = pointAt({ clientX: left + stage.clientWidth / 2, clientY: top + stage.clientHeight / 2 });
  const half = 0.1 / view.zoom;
  ownMarks.push({ finding, box: moved([y - half, x - half, y + half, x + half], 0, 0) });
  changed();
  reach(ownMarks.length - 1);
};

desk.addEventListener("cxr:drawn", event => { filmAt = event.detail; drawOwn(); });
desk.addEventListener("train:own", event => {
  ownMarks = event.detail.marks.map(mark => ({ ...mark }));
  ownNames = event.detail.names;
  grip = null;
  draws(null);
  drawOwn();
});
const inSight = () => stage.scrollIntoView({ block: "nearest" }); // on a small screen the buttons stand below the film
desk.addEventListener("train:draw", event => { if (event.detail) inSight(); draws(event.detail); });
desk.addEventListener("train:add", event => { inSight(); add(event.detail); });
desk.addEventListener("train:reach", event => { inSight(); reach(event.detail); });
desk.addEventListener("train:remove", event => remove(event.detail));
draw();
