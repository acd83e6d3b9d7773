// Every text on the page with its contrast ratio (WCAG 2.2, 1.4.3) against what lies behind it.
() => {
  const parse = text => {
    const n = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    return text.startsWith("color(srgb") ? [n[0] * 255, n[1] * 255, n[2] * 255, n[3] ?? 1] : [n[0], n[1], n[2], n[3] ?? 1];
  };
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const ground = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(parse(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const channel = value => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const found = [];
  const check = (element, style, back, words) => {
    const size = parseFloat(style.fontSize);
    if (!size) return;
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const value = ratio(over(parse(style.color), back), back);
    found.push({ value, needs: large ? 3 : 4.5, words: words.trim().slice(0, 40), place: String(element.className).slice(0, 40) });
  };
  const elsewhere = ".stage, .sr, .sr-only"; // the stage is a picture: its labels carry their own dark band
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.closest(elsewhere)) continue;
    const words = [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.textContent).join("");
    const style = getComputedStyle(element);
    const back = ground(element);
    if (words.trim() && !element.matches(":disabled")) check(element, style, back, words);
    if (element.matches("input:not([type=range], [type=file], [type=checkbox], [type=radio]), textarea")) {
      check(element, style, back, element.value || "value");
      check(element, getComputedStyle(element, "::placeholder"), back, "placeholder");
    }
    for (const part of ["::before", "::after"]) {
      const extra = getComputedStyle(element, part);
      if (["none", "normal", '""'].includes(extra.content)) continue;
      check(element, extra, over(parse(extra.backgroundColor), back), part + extra.content);
    }
  }
  return found;
}
