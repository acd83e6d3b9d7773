// The evidence. Gradio runs this once, with `element`, `props` and `watch`. Its boxes go to the viewer of its tab.
watch("value", () => element.dispatchEvent(new CustomEvent("cxr:marks", { detail: props.value.marks, bubbles: true })));
