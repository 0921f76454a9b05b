// Progressive enhancement; every page works without it.
"use strict";

document.documentElement.classList.add("with-js");

// The summary of errors takes the focus, also where the browser ignores `autofocus`, which comes before the first frame.
const summary = document.querySelector(".error-summary");
if (summary) requestAnimationFrame(() => document.activeElement === summary || summary.focus());

// A submitted button shows that it is busy, and a second click does nothing.
for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.isBusy) {
      event.preventDefault();
      return;
    }
    form.dataset.isBusy = "yes";
    const button = event.submitter;
    if (!button) return;
    button.setAttribute("aria-disabled", "true");
    if (button.dataset.busyText) button.textContent = button.dataset.busyText;
  });
}

// A page from the back/forward cache is loaded anew only if a form was sent after it, in any tab: the cart may be another one.
function sentAt() {
  try { return Number(localStorage.getItem("sent")); } catch { return Infinity; }
}
document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("method") !== "post") return;
  if (!event.target.matches(".site-nav > form")) sessionStorage.removeItem("typed");
  try { localStorage.setItem("sent", Date.now()); } catch { /* Without a storage every return is loaded anew. */ }
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted && sentAt() > performance.timeOrigin) window.location.reload();
});

// What was typed outlives a reload, Back and the switch of language, in this tab, until a form is sent; passwords never do.
const TYPED = "input:not([type=hidden], [type=password], [type=file], .quantity), select, textarea";
const formsPage = window.location.pathname.replace(/^\/en(?=\/|$)/, "") + window.location.search;
const isStaffPage = formsPage.startsWith("/staff");
const typedFields = [...document.querySelectorAll("main form[method=post]")].flatMap((form, index) =>
  [...form.querySelectorAll(TYPED)].map((field) => [[index, field.name, field.type === "radio" && field.value].join(" "), field]));
const typed = JSON.parse(sessionStorage.getItem("typed") || "{}");
const isTypedAgain = typed.page === formsPage && !summary;
for (const [name, field] of isTypedAgain ? typedFields : []) {
  const value = typed.values[name];
  if (typeof value === "boolean") field.checked = value;
  else if (value !== undefined) {
    field.value = value;
    const fold = value && field.closest("details");
    if (fold) fold.open = true;
  }
}
document.addEventListener("input", (event) => {
  if (isStaffPage || !typedFields.some(([, field]) => field === event.target)) return;
  const valueOf = (field) => (["radio", "checkbox"].includes(field.type) ? field.checked : field.value);
  const values = Object.fromEntries(typedFields.map(([name, field]) => [name, valueOf(field)]));
  sessionStorage.setItem("typed", JSON.stringify({ page: formsPage, values }));
});

// A changed quantity is submitted, a moment after the last press of its buttons; the focus returns to its field.
for (const form of document.querySelectorAll("form[data-autosave]")) {
  form.querySelector("input.quantity").addEventListener("change", (event) => {
    sessionStorage.setItem("focus", event.target.id);
    form.requestSubmit(form.querySelector("[data-without-js]"));
  });
}
for (const stepper of document.querySelectorAll(".stepper")) {
  const input = stepper.querySelector("input");
  let timer = 0;
  stepper.addEventListener("click", (event) => {
    const step = Number(event.target.dataset.step);
    if (!step) return;
    input.value = Math.min(100, Math.max(1, (parseInt(input.value, 10) || 1) + step));
    clearTimeout(timer);
    timer = setTimeout(() => input.dispatchEvent(new Event("change")), 600);
  });
}
const left = sessionStorage.getItem("focus");
sessionStorage.removeItem("focus");
if (left && !document.querySelector(".error-summary")) document.getElementById(left)?.focus();

// The datalist of the city field has the municipalities of the department.
const department = document.querySelector("[data-municipalities]");
const cities = document.getElementById("city-list");
async function listCities() {
  const address = `${department.dataset.municipalities}?department=${encodeURIComponent(department.value)}`;
  const answer = await fetch(address);
  if (!answer.ok) return;
  cities.replaceChildren(...(await answer.json()).map((name) => new Option(name, name)));
}
if (department && cities) {
  department.addEventListener("change", listCities);
  if (department.value) listCities();
}

// While a page's own button is seen, the bar with the same one is not needed.
for (const bar of document.querySelectorAll("[data-own]")) {
  const own = document.querySelector(bar.dataset.own);
  if (own) new IntersectionObserver(([entry]) => bar.classList.toggle("is-away", entry.isIntersecting)).observe(own);
}

// The total shows the price of the chosen way of delivery; a municipality that is typed brings its own prices and dates.
const methods = document.getElementById("methods");
if (methods) {
  const form = methods.closest("form");
  const [place, city, seen] = ["department", "city", "seen_total"].map((name) => form.elements[name]);
  const chosen = () => form.querySelector("[name=way][value=pickup]:checked") || form.querySelector("[name=method]:checked");
  const showTotal = () => {
    const radio = chosen();
    if (!radio) return;
    const shipping = document.getElementById("summary-shipping");
    if (shipping) shipping.textContent = radio.dataset.shipping;
    for (const amount of document.querySelectorAll("#summary-total, [data-total-shown]")) amount.textContent = radio.dataset.total;
    if (seen.value) seen.value = radio.dataset.totalMinor;
  };
  const ask = async () => {
    if (!place.value || !city.value.trim()) return;
    const method = form.querySelector("[name=method]:checked")?.value ?? "";
    const query = new URLSearchParams({ department: place.value, city: city.value, method });
    const answer = await fetch(`${methods.dataset.methods}?${query}`).catch(() => null);
    if (answer?.status !== 200 || query.get("city") !== city.value) return;
    methods.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
    document.getElementById("methods-status").textContent = methods.dataset.done;
    seen.value = chosen()?.dataset.totalMinor ?? "";
    showTotal();
  };
  form.addEventListener("change", (event) => {
    if (event.target === place || event.target === city) ask();
    else if (["way", "method"].includes(event.target.name)) showTotal();
  });
  if (isTypedAgain) ask().then(showTotal);
}

// Email and phone are validated when they lose the focus; typing removes the message.
const looksRight = {
  email: (text) => /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/.test(text),
  phone: (text) => text.replace(/^\+?57(?=\d{10}$)/, "").replace(/\D/g, "").length >= 10,
};
for (const input of document.querySelectorAll("[data-check]")) {
  const id = `${input.id}-error`;
  input.addEventListener("blur", () => {
    const text = input.value.trim();
    if (!text || looksRight[input.dataset.check](text) || document.getElementById(id)) return;
    const message = document.createElement("p");
    message.id = id;
    message.className = "field-error";
    message.textContent = input.dataset.checkMessage;
    input.before(message);
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", `${input.id}-hint ${id}`);
  });
  input.addEventListener("input", () => {
    document.getElementById(id)?.remove();
    input.removeAttribute("aria-invalid");
    input.setAttribute("aria-describedby", `${input.id}-hint`);
  });
}

// A page that waits for the payment reloads itself.
const waiting = document.querySelector("[data-reload]");
if (waiting) setTimeout(() => window.location.reload(), Number(waiting.dataset.reload));

// Pictures of a product: thumbnails move the row and mark the one that is seen; a picture opens large in a dialog.
const track = document.querySelector(".gallery-track");
const thumbs = [...document.querySelectorAll("[data-thumb]")];
if (track && thumbs.length) {
  const show = (index) => track.scrollTo({ left: index * track.clientWidth });
  const mark = () => {
    const seen = Math.round(track.scrollLeft / track.clientWidth);
    thumbs.forEach((thumb, index) => {
      if (index === seen) thumb.setAttribute("aria-current", "true");
      else thumb.removeAttribute("aria-current");
    });
  };
  thumbs.forEach((thumb, index) => thumb.addEventListener("click", (event) => {
    event.preventDefault();
    show(index);
  }));
  track.addEventListener("scroll", mark, { passive: true });
  mark();
}
// In a row that scrolls sideways the current link is seen, and so is the one that has the focus.
for (const row of document.querySelectorAll(".chips ul, .sorting ul")) {
  const current = row.querySelector("[aria-current]");
  if (current) row.scrollLeft = current.getBoundingClientRect().left - row.getBoundingClientRect().left - row.clientWidth / 3;
  row.addEventListener("focusin", (event) => event.target.scrollIntoView({ block: "nearest", inline: "nearest" }));
}
const zoom = document.querySelector("dialog.zoom");
if (zoom?.showModal) {
  const large = zoom.appendChild(new Image());
  const links = [...document.querySelectorAll("[data-zoom]")];
  const open = (index) => {
    const link = links[(index + links.length) % links.length];
    large.src = link.href;
    large.alt = link.querySelector("img").alt;
    zoom.dataset.index = links.indexOf(link);
  };
  links.forEach((link, index) => link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    open(index);
    zoom.showModal();
  }));
  zoom.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) open(Number(zoom.dataset.index) + step);
  });
  zoom.addEventListener("click", (event) => event.target === zoom && zoom.close());
}
