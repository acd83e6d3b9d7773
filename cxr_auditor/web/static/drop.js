// The drop zone. Gradio runs this once, with `element`, `props`, `trigger` and `watch`. A film goes to the server in the event itself,
// without its file name: it is held in memory there and written to no disk.
const zone = element.querySelector(".cxr-drop");
const input = element.querySelector("input");

const send = file => {
  if (!file) return;
  if (file.size > props.limit) return trigger("film", { size: file.size });
  zone.classList.add("busy");
  const reader = new FileReader();
  reader.onload = () => trigger("film", { size: file.size, base64: reader.result.slice(reader.result.indexOf(",") + 1) });
  reader.onerror = () => zone.classList.remove("busy");
  reader.readAsDataURL(file);
};
watch("value", () => zone.classList.remove("busy"));
input.addEventListener("change", () => { send(input.files[0]); input.value = ""; });
zone.addEventListener("dragenter", () => zone.classList.add("over"));
for (const end of ["dragleave", "drop"]) zone.addEventListener(end, () => zone.classList.remove("over"));
zone.addEventListener("drop", event => {
  event.preventDefault();
  send(event.dataTransfer.files[0]);
});
