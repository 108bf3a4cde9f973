// Parts of a page that are marked data-live are fetched again when the node says that something changed.
// Everything works without it; what somebody is typing in is left alone.
(() => {
  if (!window.EventSource || !document.querySelector("[data-live]")) return;
  let asking = false, again = false;
  const busy = (part) => part.contains(document.activeElement) || part.querySelector("details[open] form");
  // The key of a form is another one each time.
  const said = (part) => part.outerHTML.replace(/ name="once" value="[^"]*"/g, "");
  const renew = async () => {
    if (document.hidden || asking) { again = true; return; }
    asking = true; again = false;
    try {
      const answer = await fetch(location.href, { headers: { "x-live": "1" } });
      if (answer.ok && !answer.redirected) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const part of document.querySelectorAll("[data-live][id]")) {
          const now = fresh.getElementById(part.id);
          if (now && said(now) !== said(part) && !busy(part)) part.replaceWith(now);
        }
      }
    } catch { /* the node is away; the stream says when it is back */ }
    asking = false;
    if (again && !document.hidden) renew();
  };
  const stream = new EventSource("/live");
  stream.addEventListener("changed", renew);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && again) renew(); });
  addEventListener("pagehide", () => stream.close());
})();
