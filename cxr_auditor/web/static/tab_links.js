// A link to something on a tab (a step of a walkthrough, a trainee's session, a case to rule on) opens the tab, now or when the page is
// drawn; the tab itself finds the rest.
(() => {
  const TITLES = { "#walkthrough": "Walkthrough", "#session=": "Train", "#teach=": "Teacher" };
  const open = () => {
    const start = Object.keys(TITLES).find(start => location.hash.startsWith(start));
    if (!start) return true;
    const tab = [...document.querySelectorAll('[role="tab"]')].find(one => one.textContent.trim() === TITLES[start]);
    if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
    return Boolean(tab);
  };
  addEventListener("hashchange", open);
  if (open()) return;
  const waiting = new MutationObserver(() => { if (open()) waiting.disconnect(); });
  waiting.observe(document.documentElement, { childList: true, subtree: true });
})();
