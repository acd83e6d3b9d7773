// The Train tab in the browser. Gradio runs this once, with `element`, `props`, `trigger`, `server` and `watch`.
// `props.value` is what the server puts on show: {html, view, key, number, seconds, own, marks, names}. What is typed goes back every
// two seconds (server.keep), answers at once (server.answer); both say whether they were stored. Boxes: see train_mark.js.
const desk = element.closest('[role="tabpanel"]');
const one = selector => element.querySelector(selector);
const tell = (name, detail) => element.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
const number = text => (text === null || text === "" ? null : Number(text));

let on = { view: "" };
let own = [];
let seconds = 0;

// The address: #session=KEY, and &case=N for one that is committed.

const addressed = () => {
  const fields = new URLSearchParams(location.hash.slice(1));
  return { key: fields.get("session"), number: number(fields.get("case")) };
};
const addressOf = ({ view, key, number: turn }) => (key ? `#session=${key}${view === "reveal" ? `&case=${turn}` : ""}` : "");
const goToAddress = () => {
  const hash = addressOf(on);
  if (hash === location.hash || (!hash && !location.hash.startsWith("#session="))) return; // another tab has addresses of its own
  const method = on.view === "start" && !hash ? "replaceState" : "pushState";
  history[method](null, "", location.pathname + location.search + hash);
};

// What is typed, and whether the server has it. What it does not have yet lies in this tab's own storage from the first letter on.

const box = () => one("#train-draft");
const content = ({ draft, marks }) => JSON.stringify([draft, marks]);
const written = text => { const [draft, marks] = JSON.parse(text); return { draft, marks }; };
let stored = ""; // what the server has, as content() has it
let sentOut = []; // what it may have: sent, and no answer yet
const snapshot = () => ({
  key: on.key, number: on.number, draft: box().value, marks: own, seconds: Math.round(seconds * 10) / 10,
  over: [stored, ...sentOut].map(written), // another browser's draft is none of these and stays
});
const stash = () => `cxr-train ${on.key} ${on.number}`;
let storedSeconds = 0;
let saving = false;
let later = 0;
let joined = ""; // told with what is saved, until somebody types on

const say = (state, words) => {
  const line = one(".train-saved");
  if (!line || (line.dataset.state === state && line.textContent === words)) return;
  line.dataset.state = state;
  line.textContent = words;
};
const inStorage = (method, ...args) => { try { return sessionStorage[method](...args); } catch { return null; } };
const stashes = (like = /^cxr-train /) => { try { return Object.keys(sessionStorage).filter(name => like.test(name)); } catch { return []; } };
const dirty = () => on.view === "read" && box() && content(snapshot()) !== stored;
const keepHere = () => {
  if (dirty()) inStorage("setItem", stash(), JSON.stringify({ over: stored, draft: box().value, marks: own }));
  else inStorage("removeItem", stash());
};
const typed = () => { keepHere(); if (dirty()) soon(); };
const NOT_SAVED = "Not saved: the server does not answer. Your text stays here; this page goes on trying.";

const save = async () => {
  clearTimeout(later);
  later = 0;
  if (saving || waiting() || on.view !== "read" || (!dirty() && seconds - storedSeconds < 1)) return;
  const sent = snapshot();
  const about = stash();
  saving = true;
  sentOut = [...sentOut.slice(-3), content(sent)];
  const reply = await Promise.race([server.keep(sent), new Promise(done => setTimeout(done, 8000))]);
  saving = false;
  if (waiting() || on.view !== "read" || about !== stash()) return;
  if (reply?.stored) {
    stored = content(sent);
    sentOut = [];
    storedSeconds = sent.seconds;
    tabs.postMessage({ about, draft: sent.draft, marks: sent.marks });
    if (!dirty()) say("stored", sent.draft || sent.marks.length ? `Saved.${joined}` : "");
    typed();
  } else if (reply?.theirs) {
    take(reply.theirs);
  } else {
    say("lost", reply?.problem ? `Not saved: ${reply.problem}` : NOT_SAVED);
    soon(4000);
  }
};

// The same draft may be written in two places. What came of `base` here and there is put together, and neither text may go.

const together = (theirs, mine) => (theirs.includes(mine) ? theirs : mine.includes(theirs) ? mine : `${theirs}\n\n${mine}`);
const both = (base, theirs, mine) => {
  const has = (marks, mark) => marks.some(one => JSON.stringify(one) === JSON.stringify(mark));
  const draft = mine.draft === base.draft ? theirs.draft : theirs.draft === base.draft ? mine.draft : together(theirs.draft, mine.draft);
  const still = theirs.marks.filter(mark => has(mine.marks, mark) || !has(base.marks, mark));
  return { draft, marks: [...still, ...mine.marks.filter(mark => !has(theirs.marks, mark) && !has(base.marks, mark))] };
};
const put = (base, theirs, mine) => { // into a box whose draft is stored as `theirs`
  const all = both(base, theirs, mine);
  if (![base, theirs, mine].some(one => one.draft === all.draft)) joined = " It was written on elsewhere too: both texts are here.";
  stored = content(theirs);
  sentOut = [];
  own = all.marks;
  if (box().value !== all.draft) box().value = all.draft;
  typed();
};
const take = theirs => { put(written(stored), theirs, { draft: box().value, marks: own }); showOwn(); };
const tabs = new BroadcastChannel("cxr-train"); // the same draft in another tab of this browser
tabs.onmessage = ({ data }) => {
  if (on.view === "read" && data.about === stash()) take({ draft: data.draft, marks: data.marks });
};
const soon = (wait = 1500) => { later ||= setTimeout(save, wait); }; // who types on and on is saved all the same

element.addEventListener("input", event => {
  if (event.target !== box()) return;
  say("typing", "");
  joined = "";
  typed();
});
element.addEventListener("focusout", event => { if (event.target === box()) save(); });
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") save();
  else if (on.view === "read" && !dirty()) trigger("open", { sent: { key: on.key, number: null } }); // it may have gone on in another tab
});

// Seconds with the case in sight

let last = performance.now();
setInterval(() => {
  const now = performance.now();
  const inSight = document.visibilityState === "visible" && element.offsetParent !== null;
  if (on.view === "read" && inSight) seconds += Math.min(now - last, 2000) / 1000;
  last = now;
  if (on.view === "read" && seconds - storedSeconds > 20 && !saving) save();
}, 1000);

// What the server puts on show

const settle = () => { // a node that is used again keeps what was typed into it before
  for (const field of element.querySelectorAll("textarea")) if (field.value !== field.defaultValue) field.value = field.defaultValue;
  for (const field of element.querySelectorAll("input")) {
    if (field.matches("[type=radio], [type=checkbox]")) field.checked = field.defaultChecked;
    else if (field.value !== field.defaultValue) field.value = field.defaultValue;
  }
  for (const field of element.querySelectorAll("select")) {
    field.value = ([...field.options].find(option => option.defaultSelected) ?? field.options[0]).value;
  }
};
const resume = unsaved => {
  const left = JSON.parse(inStorage("getItem", stash()) ?? "null") ?? unsaved;
  const theirs = { draft: box().value, marks: own };
  put(left ? written(left.over) : theirs, theirs, left ?? theirs);
};
const listOwn = () => {
  const list = one(".train-own");
  if (!list) return;
  list.replaceChildren(...own.map((mark, i) => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.textContent = `${i + 1} ${on.names[mark.finding]}`;
    item.append(name, ...[["reach", "Move"], ["remove", "Remove"]].map(([what, words]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "cxr-btn";
      button.dataset.mark = what;
      button.dataset.which = i;
      button.textContent = words;
      button.setAttribute("aria-label", `${words} box ${i + 1}`);
      return button;
    }));
    return item;
  }));
};
const showOwn = () => {
  listOwn();
  tell("train:own", { marks: on.view === "read" ? own : [], names: on.names ?? {} });
};
const show = () => {
  const before = on;
  on = props.value;
  if (!on?.view) return;
  const same = before.view === on.view && before.key === on.key && before.number === on.number;
  desk.dataset.train = on.view;
  busy(false);
  const unsaved = same && dirty() ? { over: stored, draft: box().value, marks: own } : null; // typed in the meantime
  settle();
  own = on.own ?? [];
  if (!same || on.seconds > seconds) seconds = storedSeconds = on.seconds ?? 0;
  if (on.view === "read") resume(unsaved);
  if (on.view === "reveal") inStorage("removeItem", stash()); // it is committed
  if (on.view === "away") { signedOut(); one("[data-kept]").hidden = !stashes().length; }
  if (on.view === "gone") forgotten();
  showOwn();
  tell("cxr:marks", on.marks ?? []);
  if (on.view !== "away") goToAddress(); // who signs in comes back to it
  if (!same && before.view) arrive();
};
const signedOut = () => { // the line at the top says so, too; where people sign in elsewhere, there is none
  const line = document.querySelector("#who form.cxr-who");
  if (line && on.who) line.outerHTML = on.who;
  return Boolean(line);
};
const forgotten = () => { // the account is gone: so is what this tab keeps, and the cookie
  for (const name of stashes(/^cxr-(train|teach) /)) inStorage("removeItem", name);
  if (signedOut()) fetch("sign-out", { method: "POST" }).catch(() => null); // without an answer it stays, and opens nothing any more
};
const arrive = () => {
  const typing = on.view === "read" && matchMedia("(pointer: fine)").matches; // a finger's keyboard would hide the film
  (typing ? box() : one("[data-focus]"))?.focus({ preventScroll: true });
  const to = on.view === "read" ? desk : one("[data-focus]"); // on a small screen the report stands below the film
  const top = to.getBoundingClientRect().top;
  if (top < 0 || top > innerHeight * 0.7) to.scrollIntoView({ block: "start" });
};
let patience = 0;
const waiting = () => desk.classList.contains("train-busy");
const busy = yes => {
  clearTimeout(patience);
  if (yes) patience = setTimeout(() => busy(false), 20000); // no sign of life for so long: ask again
  desk.classList.toggle("train-busy", yes);
  for (const button of element.querySelectorAll("[data-do], [type=submit]")) button.disabled = yes;
};
watch("value", show);
desk.addEventListener("train:told", event => {
  busy(event.detail.busy);
  if (dirty()) soon();
});

// What a trainee does

const ask = (name, sent) => { busy(true); trigger(name, { sent }); };
const fieldsOf = form => {
  const data = new FormData(form);
  return Object.fromEntries([...new Set(data.keys())].map(name => [name, data.getAll(name)]));
};
const steps = {
  begin: form => ask("begin", fieldsOf(form)),
  commit: () => {
    const sent = snapshot();
    sentOut = [...sentOut.slice(-3), content(sent)];
    ask("commit", sent);
  },
  open: from => ask("open", { key: from.dataset.key || null, number: number(from.dataset.number ?? null) }),
  leave: async () => { await save(); ask("open", { key: null, number: null }); },
  finish: async () => { await save(); ask("finish", { key: on.key }); },
  download: from => trigger("download", { sent: { what: from.dataset.what, key: on.key ?? null } }),
  forget: form => ask("forget", fieldsOf(form)),
};
element.addEventListener("submit", event => {
  event.preventDefault();
  steps[event.target.dataset.form]?.(event.target);
});
element.addEventListener("click", event => {
  const from = event.target.closest("[data-do]");
  if (from && from.dataset.do in steps) steps[from.dataset.do](from);
});
element.addEventListener("keydown", event => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target === box() && !waiting()) steps.commit();
});

// Boxes

element.addEventListener("click", event => {
  const from = event.target.closest("[data-mark]");
  if (!from) return;
  const finding = one("#train-finding").value;
  const which = Number(from.dataset.which);
  if (from.dataset.mark === "draw") tell("train:draw", from.getAttribute("aria-pressed") === "true" ? null : finding);
  if (from.dataset.mark === "add") tell("train:add", finding);
  if (from.dataset.mark === "reach") tell("train:reach", which);
  if (from.dataset.mark === "remove") tell("train:remove", which);
});
desk.addEventListener("train:owned", event => { own = event.detail; listOwn(); typed(); });
desk.addEventListener("train:drawing", event => one('[data-mark="draw"]')?.setAttribute("aria-pressed", String(event.detail)));

// Answers to flags

const answer = async form => {
  const { stance, why } = fieldsOf(form);
  const { against, ref } = form.dataset;
  const line = form.querySelector(".train-kept");
  if (!stance) return void (line.textContent = "Choose one, too.");
  line.textContent = "";
  const sent = { key: on.key, number: on.number, against, ref, stance: stance[0], why: why[0] };
  const reply = await Promise.race([server.answer(sent), new Promise(done => setTimeout(done, 8000))]);
  line.dataset.state = reply?.stored ? "stored" : "lost";
  line.textContent = reply?.stored ? "Saved." : `Not saved: ${reply?.problem ?? "the server does not answer. Choose again."}`;
};
element.addEventListener("change", event => {
  const form = event.target.closest('[data-form="answer"]');
  if (form) answer(form);
});
steps.answer = answer;

const follow = () => {
  const to = addressed();
  const here = location.hash === "" && element.offsetParent !== null; // another tab has addresses of its own
  if (to.key || (here && on.view !== "start")) trigger("open", { sent: to });
};
addEventListener("popstate", () => { if (location.hash !== addressOf(on)) follow(); });
trigger("open", { sent: addressed() });
