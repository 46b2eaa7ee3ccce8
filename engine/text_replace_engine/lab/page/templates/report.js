"use strict";

const cases = JSON.parse(document.getElementById("index").textContent);
const list = document.getElementById("list");
const find = (id) => document.getElementById(id);

/* Pictures lie in the page as text. Only those near the window are decoded. */

function setPictures(card, areNear) {
  for (const image of card.querySelectorAll("img[data-picture]")) {
    if (!areNear) image.removeAttribute("src");
    else if (!image.src) image.src = find(`picture-${image.dataset.picture}`).textContent;
  }
}

/* The sliders of a case move together. */

function setSlider(card, value) {
  for (const comparison of card.querySelectorAll(".comparison")) {
    comparison.style.setProperty("--at", `${value}%`);
    const slider = comparison.querySelector("input");
    slider.value = value;
    slider.setAttribute("aria-valuetext", `${value} % as before`);
  }
}

/* Which cases are shown, in which order, and which of them is the current one. */

function matches(entry) {
  const words = find("text").value.toLowerCase().split(/\s+/);
  const category = find("category")?.value;
  const failure = find("failure")?.value;
  if (category && entry.category !== category) return false;
  if (failure === "any" && !entry.failed.length) return false;
  if (failure === "none" && entry.failed.length) return false;
  if (/^\d+$/.test(failure) && !entry.failed.includes(Number(failure))) return false;
  return words.every((word) => entry.text.toLowerCase().includes(word));
}

const names = new Intl.Collator(undefined, { numeric: true });

function order(a, b) {
  const by = find("sort").value;
  const sign = find("descending").checked ? -1 : 1;
  if (by === "") return sign * (a.number - b.number);
  if (by === "id") return sign * names.compare(a.id, b.id);
  const [method, title] = by.split(" ");
  const [left, right] = [a.values[method][title], b.values[method][title]];
  // What has no value comes last, whichever way.
  if (left === null || right === null) return (left === null) - (right === null) || a.number - b.number;
  return sign * (left - right) || a.number - b.number;
}

let shown = cases;
let current = null;

function sort() {
  cases.sort(order);
  list.append(...cases.map((entry) => entry.card));
  filter();
}

function filter() {
  shown = cases.filter(matches);
  const visible = new Set(shown);
  for (const entry of cases) entry.card.hidden = !visible.has(entry);
  find("nothing").hidden = shown.length > 0;
  if (isSingle() && !visible.has(current)) setCurrent(shown[0] ?? null);
  count();
}

function count() {
  const place = shown.indexOf(current);
  find("count").value =
    isSingle() && place >= 0 ? `case ${place + 1} of ${shown.length}` : `${shown.length} of ${cases.length} cases`;
}

function setCurrent(entry) {
  current?.card.classList.remove("current");
  current = entry;
  current?.card.classList.add("current");
  count();
}

function step(by) {
  const place = shown.indexOf(current);
  const next = place < 0 ? 0 : place + by;
  if (next < 0 || next >= shown.length) return;
  setCurrent(shown[next]);
  toCurrent();
}

function toCurrent() {
  current?.card.focus({ preventScroll: true });
  current?.card.scrollIntoView({ block: isSingle() ? "nearest" : "center" });
}

/* Large view */

const isSingle = () => document.body.classList.contains("single");

function setSingle(is) {
  if (is && !shown.includes(current)) setCurrent(shown[0] ?? null);
  document.body.classList.toggle("single", is && current !== null);
  find("single").setAttribute("aria-pressed", isSingle());
  count();
  if (isSingle()) window.scrollTo(0, 0);
  toCurrent();
}

/* Methods: one, or all side by side. */

function setMethod(chosen) {
  if (chosen === "") delete list.dataset.chosen;
  else list.dataset.chosen = chosen;
  for (const part of list.querySelectorAll("[data-method]")) {
    part.hidden = chosen !== "" && part.dataset.method !== chosen;
  }
}

function chooseMethod(key) {
  const select = find("method");
  const option = select?.options[Number(key)];
  if (!option) return;
  select.value = option.value;
  setMethod(option.value);
}

/* Keys */

function onKey(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (key === "Escape" && isSingle()) return setSingle(false);
  const isSlider = target.matches("input[type=range]");
  if (target.matches("input, select") && !isSlider && target.type !== "checkbox") return;
  if (isSlider && key.startsWith("Arrow")) return;
  if (key === "j" || key === "ArrowRight") step(1);
  else if (key === "k" || key === "ArrowLeft") step(-1);
  else if (key === "Enter" && current && !target.matches("a, button")) setSingle(!isSingle());
  else if (/^\d$/.test(key)) chooseMethod(key);
  else return;
  event.preventDefault();
}

function start() {
  cases.forEach((entry, number) => {
    entry.number = number;
    entry.card = find(`case-${number}`);
    for (const comparison of entry.card.querySelectorAll(".comparison")) {
      const image = comparison.querySelector("img");
      comparison.parentElement.style.setProperty("--ratio", image.getAttribute("width") / image.getAttribute("height"));
      comparison.querySelector("input").addEventListener("input", (event) => setSlider(entry.card, event.target.value));
    }
    entry.card.querySelector(".enlarge").addEventListener("click", () => {
      setCurrent(entry);
      setSingle(true);
    });
    entry.card.addEventListener("focusin", () => setCurrent(entry));
  });
  const observer = new IntersectionObserver(
    (seen) => seen.forEach(({ target, isIntersecting }) => setPictures(target, isIntersecting)),
    { rootMargin: "800px" },
  );
  cases.forEach(({ card }) => observer.observe(card));
  find("controls").addEventListener("submit", (event) => event.preventDefault());
  find("controls").addEventListener("change", sort);
  find("text").addEventListener("input", filter);
  find("method")?.addEventListener("change", (event) => setMethod(event.target.value));
  find("previous").addEventListener("click", () => step(-1));
  find("next").addEventListener("click", () => step(1));
  find("single").addEventListener("click", () => setSingle(!isSingle()));
  find("reset").addEventListener("click", () => {
    find("controls").reset();
    setMethod("");
    sort();
  });
  document.addEventListener("keydown", onKey);
}

if (list) start();
