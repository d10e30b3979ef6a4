// Everything here improves a page that is already complete without it.
const root = document.documentElement;
root.classList.add("scripts");

// The theme: stored in the browser, sent nowhere.
for (const button of document.querySelectorAll("[data-theme-switch]")) {
  const show = () =>
    button.setAttribute("aria-pressed", root.dataset.theme === "dark");
  show();
  button.addEventListener("click", () => {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch (blocked) {}
    show();
  });
}

// What scrolls sideways can be reached with the keyboard.
const scrollers = document.querySelectorAll(
  ".scrolls, div.highlight pre, .pst-scrollable-table-container, .text_html",
);
const reach = () => {
  for (const box of scrollers) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
    } else {
      box.removeAttribute("tabindex");
    }
  }
};
addEventListener("load", reach);
addEventListener("resize", reach);
document.fonts.addEventListener("loadingdone", reach); // letters got wider
for (const fold of document.querySelectorAll("details")) {
  fold.addEventListener("toggle", reach);
}

// A link into a folded place opens it.
const unfold = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let box = target; box; box = box.parentElement) {
    if (box.tagName === "DETAILS") box.open = true;
  }
  target?.scrollIntoView();
};
addEventListener("hashchange", unfold);
if (location.hash) unfold();

// Print shows everything that is folded.
const folds = document.getElementsByTagName("details");
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...folds].filter((fold) => !fold.open);
  for (const fold of closed) fold.open = true;
});
addEventListener("afterprint", () => {
  for (const fold of closed) fold.open = false;
});
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => print());
}

// Code can be copied.
if (navigator.clipboard) {
  for (const box of document.querySelectorAll(".cell_input .highlight")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(box.querySelector("pre").innerText);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 1500);
    });
    box.append(button);
  }
}

// A choice in the table of contents closes it.
for (const list of document.querySelectorAll("nav[popover]")) {
  list.addEventListener("click", (event) => {
    if (event.target.closest("a") && list.matches(":popover-open")) {
      list.hidePopover();
    }
  });
}

// The section in view is marked in the table of contents.
const entries = new Map(
  [...document.querySelectorAll("#chapters .current > ul a[href^='#']")].map((link) => [
    document.getElementById(decodeURIComponent(link.hash.slice(1))),
    link,
  ]),
);
entries.delete(null);
if (entries.size) {
  const mark = () => {
    let current = null;
    for (const [section, link] of entries) {
      link.removeAttribute("aria-current");
      if (section.getBoundingClientRect().top < 140) current = link;
    }
    current?.setAttribute("aria-current", "true");
  };
  addEventListener("scroll", () => requestAnimationFrame(mark), { passive: true });
  mark();
}

// The search page holds the names of all equations; those asked for show.
for (const list of document.querySelectorAll("[data-found-by-name]")) {
  const query = new URLSearchParams(location.search).get("q") ?? "";
  const words = query.toLowerCase().split(/[^a-z0-9]+/).filter(Boolean);
  for (const item of list.children) {
    const name = item.dataset.name.split("-");
    item.hidden = !words.length || !words.every((word) => name.includes(word));
    if (!item.hidden) list.hidden = false;
  }
}
