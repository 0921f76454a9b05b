// The page of a product: sharing it, and the products that were looked at lately.
"use strict";

// The shared address names the chosen variant and nothing else.
for (const button of document.querySelectorAll("[data-share]")) {
  button.addEventListener("click", async () => {
    const url = new URL(location.pathname, location.origin);
    const variant = new URLSearchParams(location.search).get("variant");
    if (variant) url.searchParams.set("variant", variant);
    try {
      if (navigator.share) await navigator.share({ title: document.title, url: url.href });
      else {
        await navigator.clipboard.writeText(url.href);
        button.nextElementSibling.textContent = button.dataset.done;
      }
    } catch (error) {
      if (error.name !== "AbortError") window.prompt(button.textContent, url.href);
    }
  });
}

// What was looked at is kept in this browser only; the cards come fresh, without cookies.
const recent = document.querySelector("[data-recent]");
if (recent) {
  const key = "recent";
  const most = 4;
  const read = () => {
    try {
      const found = JSON.parse(localStorage.getItem(key));
      return Array.isArray(found) ? found.filter((slug) => typeof slug === "string") : [];
    } catch {
      return [];
    }
  };
  const write = (slugs) => {
    try {
      localStorage.setItem(key, JSON.stringify(slugs));
    } catch { /* a browser without storage forgets */ }
  };
  const seen = read().filter((slug) => slug !== recent.dataset.slug);
  write([recent.dataset.slug, ...seen].slice(0, most + 1));
  const show = async () => {
    const query = new URLSearchParams(seen.slice(0, most).map((slug) => ["slug", slug]));
    const answer = await fetch(`${recent.dataset.recent}?${query}`, {
      headers: { "Accept-Language": document.documentElement.lang }, credentials: "omit",
    }).catch(() => null);
    const cards = answer?.ok ? (await answer.text()).trim() : "";
    if (!cards) return;
    recent.querySelector("ul").append(...new DOMParser().parseFromString(cards, "text/html").body.children);
    recent.hidden = false;
  };
  if (seen.length) show();
  recent.querySelector("[data-forget]").addEventListener("click", () => {
    try {
      localStorage.removeItem(key);
    } catch { /* nothing was kept */ }
    recent.hidden = true;
    document.getElementById("main").focus();
  });
}
