/** Keeps the page of a user or a trace current, and puts `/` into the search field. Every page works without it. */
export const SCRIPT = `"use strict";
addEventListener("keydown", (event) => {
  const inField = event.target instanceof Element && event.target.closest("input, select, textarea");
  if (event.key !== "/" || inField || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.getElementById("q");
  if (search === null) return;
  event.preventDefault();
  search.focus();
  search.select();
});

const live = document.querySelector("[data-live]");
if (live !== null) {
  const state = document.getElementById("live-state");
  let source;
  const follow = () => {
    source = new EventSource(live.dataset.live);
    source.addEventListener("page", ({ data }) => {
      state.textContent = "Live";
      // What somebody is about to choose must not move away.
      if (live.contains(document.activeElement)) state.textContent = "Paused while something in it is selected";
      else live.innerHTML = data;
    });
    source.addEventListener("failed", ({ data }) => { state.textContent = data; });
    source.addEventListener("error", () => {
      state.textContent = source.readyState === EventSource.CLOSED
        ? "Not live: reload the page"
        : "Connection lost; what you see may be old";
    });
  };
  document.addEventListener("visibilitychange", () => {
    source?.close();
    if (document.visibilityState === "visible") follow();
  });
  if (document.visibilityState === "visible") follow();
}
`;
