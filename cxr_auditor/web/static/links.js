// A flag's card, its boxes on the film and its words in the draft carry the same ref: light one, and all are lit.
(() => {
  const refsOf = element => element?.dataset.refs?.split(" ") ?? [];
  const holder = target => target.closest?.("[data-refs]");

  const light = refs => {
    for (const element of document.querySelectorAll("[data-refs]")) {
      element.classList.toggle("lit", refsOf(element).some(ref => refs.includes(ref)));
    }
    document.documentElement.classList.toggle("some-lit", refs.length > 0);
  };
  const focused = () => refsOf(holder(document.activeElement ?? document.body));

  document.addEventListener("pointerover", event => { const from = holder(event.target); light(from ? refsOf(from) : focused()); });
  document.addEventListener("focusin", event => light(refsOf(holder(event.target))));
  document.addEventListener("focusout", () => light([]));

  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const go = from => {
    const ref = refsOf(from)[0];
    const card = (from.closest('[role="tabpanel"]') ?? document).querySelector(`#card-${ref}`);
    if (card === from || from.matches("tr")) {
      from.dispatchEvent(new CustomEvent("cxr:find", { detail: ref, bubbles: true }));
    } else if (card) {
      card.focus({ preventScroll: true });
      card.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
    }
  };
  document.addEventListener("click", event => {
    const toggle = event.target.closest?.("[data-toggle]");
    if (toggle) {
      const on = toggle.getAttribute("aria-pressed") !== "true";
      toggle.setAttribute("aria-pressed", String(on));
      toggle.dispatchEvent(new CustomEvent("cxr:toggle", { detail: { ref: toggle.dataset.toggle, on }, bubbles: true }));
      return;
    }
    const from = holder(event.target);
    if (from && !getSelection().toString()) go(from);
  });
  document.addEventListener("keydown", event => {
    if ((event.key === "Enter" || event.key === " ") && event.target.matches?.("[data-refs]")) {
      event.preventDefault();
      go(event.target);
    }
  });
})();
