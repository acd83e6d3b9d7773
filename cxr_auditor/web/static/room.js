// The dark or the light room: dark unless this browser was told otherwise. Runs before anything is drawn.
(() => {
  const KEY = "cxr-room";
  const kept = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const keep = room => { try { localStorage.setItem(KEY, room); } catch { /* a browser that keeps nothing still switches */ } };
  const root = document.documentElement;
  root.dataset.room = kept() === "light" ? "light" : "dark";
  root.lang = "en";
  document.addEventListener("click", event => {
    if (!event.target.closest?.('[data-action="room"]')) return;
    root.dataset.room = root.dataset.room === "dark" ? "light" : "dark";
    keep(root.dataset.room);
  });
})();
