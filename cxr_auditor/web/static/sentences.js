// The draft's sentences. Gradio runs this once, with `element` and `trigger`.
element.addEventListener("click", event => {
  const button = event.target.closest("[data-sentence]");
  if (button) trigger("sentence", { number: Number(button.dataset.sentence) });
});
