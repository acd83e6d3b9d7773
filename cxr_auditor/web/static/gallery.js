// The row of examples. Gradio runs this once, with `element` and `trigger`.
element.addEventListener("click", event => {
  const button = event.target.closest("[data-example]");
  if (button) trigger("pick", { number: Number(button.dataset.example) });
});
