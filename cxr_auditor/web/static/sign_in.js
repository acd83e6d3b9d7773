// Who goes to sign in comes back to where they were: a session's address is in the fragment, which no server sees.
document.addEventListener("click", event => {
  const link = event.target.closest?.('a[href^="sign-in"]');
  if (link) link.setAttribute("href", `sign-in?back=${encodeURIComponent(location.search + location.hash)}`);
}, true);
