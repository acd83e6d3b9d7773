// Keys, paste and drop, the list of keys, and a draft that survives a lost server.
(() => {
  const one = selector => document.querySelector(selector);
  const shown = element => element && element.offsetParent !== null && !element.disabled;
  const typing = target => target.closest?.("input, textarea, select, [contenteditable]");
  const draftBox = () => one("#draft textarea");
  const help = () => one("dialog.cxr-help");

  document.addEventListener("click", event => {
    const action = event.target.closest?.("[data-action]")?.dataset.action;
    if (action === "help") help().showModal();
    if (action === "close-help") help().close();
  });

  document.addEventListener("keydown", event => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && shown(one("#run"))) {
      event.preventDefault();
      // the box tells Gradio of its text on input; a script may press the key in the same moment
      setTimeout(() => one("#run").click(), 0);
    } else if (event.key === "Escape" && !help()?.open) {
      ["#cancel", "#ask-stop"].map(one).find(shown)?.click();
    } else if (event.key === "?" && !typing(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      help().showModal();
    }
  });

  // On a small screen the report stands below the fold: go there when it comes.
  document.addEventListener("cxr:marks", () => {
    const banner = one("#banner");
    const top = banner?.getBoundingClientRect().top ?? 0;
    if (one(".cxr-evidence") && (top < 0 || top > innerHeight * 0.7)) banner.scrollIntoView({ block: "start" });
  });

  // A film that is pasted, or dropped anywhere on the page, goes the way of one chosen in the file dialogue.
  const take = (event, files) => {
    const zones = [...document.querySelectorAll('.cxr-drop input[type="file"]')]; // the one on the tab that is open, else the audit's
    const input = zones.find(shown) ?? zones[0];
    if (!files?.length || !input) return;
    event.preventDefault();
    const one_file = new DataTransfer();
    one_file.items.add(files[0]);
    input.files = one_file.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  document.addEventListener("paste", event => take(event, event.clipboardData?.files));
  document.addEventListener("dragover", event => { if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); });
  document.addEventListener("drop", event => { if (!event.target.closest?.(".cxr-drop")) take(event, event.dataTransfer?.files); });

  // A lost server: Gradio waits for it and then loads the page anew. The draft goes over that load in this tab's own storage.
  const KEY = "cxr-draft";
  const lost = () => /connection/i.test(one(".toast-wrap")?.textContent ?? "");
  const LOST = `<div class="cxr-banner b-problem" role="alert"><span class="glyph g-problem" aria-hidden="true"></span><div>
    <p class="headline">The server stopped answering.</p>
    <p>Your draft stays here. This page connects again by itself when the server is back; then choose the film again and run.</p></div></div>`;
  const watch = () => {
    let told = false;
    new MutationObserver(() => {
      if (told || !lost()) return;
      told = true;
      const banner = one("#banner [role=status]");
      if (banner) banner.innerHTML = LOST;
    }).observe(document.body, { childList: true, subtree: true });
  };
  window.addEventListener("pagehide", () => {
    const text = draftBox()?.value;
    if (text && lost()) { try { sessionStorage.setItem(KEY, text); } catch { /* nothing can be kept here */ } }
  });
  const restore = () => {
    let text = null;
    try { text = sessionStorage.getItem(KEY); sessionStorage.removeItem(KEY); } catch { return; }
    if (!text) return;
    const put = setInterval(() => {
      const box = draftBox();
      if (!box) return;
      clearInterval(put);
      box.value = text;
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }, 100);
    setTimeout(() => clearInterval(put), 30000);
  };
  const begin = () => { watch(); restore(); };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin); else begin();
})();
