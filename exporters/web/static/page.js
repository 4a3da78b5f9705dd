// Count down each second from the server's time. Where the server streams changes, show each part that it sends; where
// it does not, or nothing comes of it, ask for the content every five seconds, or as often as the page says.
// The browser's wall clock is never asked what time it is: only how much time has passed since the server said so.
"use strict";

(() => {
  const content = document.getElementById("content");
  const RENEW_EVERY = 1000 * Number(content.dataset.every || 5);
  const lost = document.getElementById("lost");
  let serverTime = 0;
  let receivedAt = 0;
  let patterns = {};  // the words of lengths, in the language of the page

  const receive = () => {
    patterns = document.getElementById("moment").dataset;
    serverTime = Number(patterns.now);
    receivedAt = performance.now();
  };
  const now = () => serverTime + (performance.now() - receivedAt);
  const filled = (pattern, name, value) => pattern.replace(`{${name}}`, value);
  const two = (number) => String(number).padStart(2, "0");

  const length = (milliseconds) => {
    const seconds = Math.floor(Math.abs(milliseconds) / 1000);
    const days = Math.floor(seconds / 86400);
    const hours = Math.floor(seconds / 3600) % 24;
    const minutes = Math.floor(seconds / 60) % 60;
    if (days) return filled(filled(patterns.countdown, "days", days), "time", `${two(hours)}:${two(minutes)}`);
    const rest = `${two(minutes)}:${two(seconds % 60)}`;
    return hours ? `${hours}:${rest}` : rest;
  };

  const age = (milliseconds) => {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    for (const [size, unit] of [[86400, "days"], [3600, "hours"], [60, "minutes"]]) {
      if (seconds >= 2 * size) return filled(patterns[unit], "n", Math.floor(seconds / size));
    }
    return filled(patterns.seconds, "n", seconds);
  };

  // In the zone of the page, which the server names and in which it writes every other time.
  const timeOfDay = (milliseconds) => new Intl.DateTimeFormat("en-GB", {
    timeZone: patterns.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  }).format(milliseconds);

  const countDown = (element) => {
    const left = Number(element.dataset.deadline) - now();
    if (left < 0 && element.dataset.mode === "ahead") {
      element.dataset.mode = "due";  // only the server says late: a deadline at closing time is not broken yet
      element.prepend(document.getElementById("due").content.cloneNode(true), " ");
    }
    element.lastElementChild.textContent = length(element.dataset.mode === "late" ? Math.min(left, 0) : left);
  };

  const tick = () => {
    content.querySelectorAll("[data-deadline]").forEach(countDown);
    content.querySelectorAll("[data-left]").forEach((element) => {
      element.textContent = length(Math.max(0, Number(element.dataset.left) - now()));
    });
    content.querySelectorAll("[data-age]").forEach((element) => {
      element.textContent = age(now() - Number(element.dataset.age));
    });
  };

  const show = () => { receive(); tick(); };

  const inUse = () => {
    const selection = document.getSelection();
    return selection && !selection.isCollapsed && content.contains(selection.anchorNode);
  };

  const lose = () => {
    if (lost.hidden) lost.querySelectorAll(".lost-since").forEach((element) => { element.textContent = timeOfDay(now()); });
    lost.hidden = false;
  };

  // Put the part of the page that changes in place of the one that is shown.
  const put = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    if (!fresh.getElementById("moment")) throw new Error("the answer is not the page");
    const focused = content.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const { scrollX, scrollY } = window;
    content.replaceChildren(...fresh.body.childNodes);
    show();
    if (focused) content.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    window.scrollTo(scrollX, scrollY);
    lost.hidden = true;
  };

  const SILENT = 20000;  // a stream on which nothing comes for so long is asked nothing more of
  let stream = null;
  let heard = -SILENT;
  let waiting = null;  // a part that came while the page was in use or not seen

  const streams = () => stream && stream.readyState === EventSource.OPEN && performance.now() - heard < SILENT;

  const take = () => {
    if (waiting === null || document.hidden || inUse()) return;
    const html = waiting;
    waiting = null;
    try { put(html); } catch { lose(); }
  };

  const listen = () => {
    if (stream && stream.readyState !== EventSource.CLOSED) return;  // a stream that broke comes again by itself
    stream = new EventSource(content.dataset.live);
    stream.addEventListener("part", (event) => { heard = performance.now(); waiting = event.data; take(); });
    stream.addEventListener("changed", () => { if (streams()) heard = performance.now(); });
    stream.addEventListener("error", lose);
  };

  let tag = "";  // of the part that is shown, where the server names one: then it answers 304 while nothing has changed

  // Nothing has changed until now.
  const current = () => {
    content.querySelectorAll("[data-current]").forEach((element) => { element.textContent = timeOfDay(now()); });
    lost.hidden = true;
  };

  const renew = async () => {
    take();
    if (content.dataset.live) listen();
    if (document.hidden || inUse() || streams()) return;
    try {
      const answer = await fetch(content.dataset.renew, {
        cache: "no-store", headers: tag ? { "If-None-Match": tag } : {}, signal: AbortSignal.timeout(RENEW_EVERY * 2),
      });
      if (answer.status === 304) return current();
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      const html = await answer.text();
      if (!streams()) put(html);
      tag = answer.headers.get("ETag") || "";
    } catch {
      lose();
    }
  };

  show();
  setInterval(tick, 1000);
  if (content.dataset.renew) {
    if (content.dataset.live) listen();
    setInterval(renew, RENEW_EVERY);
    document.addEventListener("visibilitychange", renew);
  }
})();
