// The evidence. Gradio runs this once, with `props` and `watch`. Its boxes go to the viewer.
watch("value", () => document.dispatchEvent(new CustomEvent("cxr:marks", { detail: props.value.marks })));
