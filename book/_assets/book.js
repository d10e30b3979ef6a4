// Everything here improves a page that is already complete without it.
const root = document.documentElement;

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

// An error is reported of the equation that the reader has gone to.
for (const link of document.querySelectorAll("[data-erratum]")) {
  link.addEventListener("click", () => {
    const number = [...document.querySelectorAll(".eqno a[title]")].find(
      (one) => one.hash && one.hash === location.hash,
    );
    if (!number) return;
    const form = new URL(link.href);
    form.searchParams.set("label", number.title);
    link.href = form.href;
  });
}

// A symbol tells its name: under the pointer, at a touch, or with the others
// of its formula when that has the focus of the keyboard. Escape closes.
const explaining = document.querySelectorAll(".formula:has([data-symbol])");
if (explaining.length) {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  document.querySelector("main").append(tip);
  let focused = null;
  let about = null; // what the tip stands at: a formula or one symbol
  const sentence = (symbol) => `symbol-${symbol.dataset.symbol}`;
  const symbolsOf = (formula) => [...formula.querySelectorAll("[data-symbol]")];
  const show = (place, symbols) => {
    about = place;
    tip.replaceChildren(
      ...symbols.map((symbol) => {
        const line = document.createElement("p");
        line.innerHTML = document.getElementById(sentence(symbol)).innerHTML;
        return line;
      }),
    );
    tip.hidden = false;
    const box = place.getBoundingClientRect();
    const right = Math.min(box.left, root.clientWidth - tip.offsetWidth - 8);
    // Below or above the formula, so that no other symbol of it is covered.
    const whole = place.closest(".formula").getBoundingClientRect();
    const below = whole.bottom + tip.offsetHeight <= innerHeight;
    const top = below ? whole.bottom : whole.top - tip.offsetHeight;
    const [x, y] = [Math.max(8, right) + scrollX, top + scrollY];
    tip.style.transform = `translate(${x}px, ${y}px)`;
  };
  const hide = () => (tip.hidden = true);
  for (const formula of explaining) {
    const ids = symbolsOf(formula).map(sentence);
    formula.dataset.explains = "yes";
    formula.setAttribute("role", "group");
    formula.setAttribute("aria-label", "Formula");
    formula.setAttribute("aria-describedby", ids.join(" "));
    formula.addEventListener("focus", () => {
      if (!formula.matches(":focus-visible")) return;
      focused = formula;
      show(formula, symbolsOf(formula));
    });
    // A touch tells of its symbol before the formula left loses the focus.
    formula.addEventListener("blur", () => {
      focused = null;
      if (about === formula) hide();
    });
  }
  document.addEventListener("pointerover", ({ target }) => {
    const symbol = target.closest("[data-symbol]");
    if (symbol) show(symbol, [symbol]);
    else if (
      !focused && !tip.contains(target)
      && !target.closest(".formula")?.contains(about)
    ) hide();
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") hide();
  });
}

// What scrolls sideways can be reached with the keyboard.
const TABLES = ".pst-scrollable-table-container";
const SCROLLERS =
  ".scrolls, .exhibit p, div.highlight pre, .text_html pre, .text_html, .book-figure > [role=group], " + TABLES;
const reach = (some) => {
  // What is folded has no layout yet, and is reached when it is opened.
  const boxes = some.filter((box) => !box.closest("details:not([open])"));
  // First all sizes, then all changes: one layout for all.
  const wide = boxes.map((box) => box.scrollWidth > box.clientWidth);
  boxes.forEach((box, i) => {
    box.classList.toggle("wide", wide[i]);
    // A table may grow wide later, when a fold is opened.
    if (wide[i] || box.dataset.explains || box.matches(TABLES)) {
      box.tabIndex = 0;
    } else {
      box.removeAttribute("tabindex");
    }
  });
};
const scrollers = [...document.querySelectorAll(SCROLLERS)];
const reachAll = () => {
  if ("whole" in root.dataset) reach(scrollers);
};
// No style asks for this mark: taking `loading` away would cost a style of
// every element at once.
const whole = () => {
  root.dataset.whole = "";
  reachAll();
};
// What is below the screen waits, see book.css; when the page has been shown,
// it is laid out part by part, each in a moment in which nothing else happens.
const PARTS =
  "article > section > section, article > section > section > :not(h2)";
// A page that draws nothing may have no idle moment: half a second at most.
const later = (task) =>
  window.requestIdleCallback
    ? requestIdleCallback(task, { timeout: 500 })
    : setTimeout(task);
const A_FRAME = 16; // milliseconds
const layOut = () => {
  const parts = [...document.querySelectorAll(PARTS)];
  const inside = new Map(parts.map((part) => [part, []]));
  for (const box of scrollers) inside.get(box.closest(PARTS))?.push(box);
  const cells = [...document.querySelectorAll(".stacks td")];
  const next = () => {
    if (!parts.length) return reach([cells.shift()]);
    const part = parts.shift();
    part.classList.add("laid");
    if (part.offsetHeight) reach(inside.get(part));
  };
  const waiting = () => parts.length || cells.length;
  const some = () => {
    const start = performance.now();
    while (waiting() && performance.now() - start < A_FRAME) next();
    later(waiting() ? some : whole);
  };
  later(some);
};
addEventListener("load", "loading" in root.dataset ? layOut : whole);
// On a phone the rows of long tables are laid out as they are reached.
document.addEventListener(
  "contentvisibilityautostatechange",
  ({ target, skipped }) => {
    if (!skipped && target.matches("tr")) reach([...target.cells]);
  },
  true,
);
addEventListener("resize", reachAll);
document.fonts.addEventListener("loadingdone", reachAll); // letters got wider
for (const fold of document.querySelectorAll("details")) {
  fold.addEventListener("toggle", () =>
    reach([...fold.querySelectorAll(SCROLLERS)]),
  );
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

// Who comes from the search sees where the words are.
const sought = new URLSearchParams(location.search).get("highlight");
const found = document.getElementById(decodeURIComponent(location.hash.slice(1)));
if (sought && window.Highlight) {
  const words = sought.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 2);
  const place = found?.closest("section") ?? document.querySelector("article");
  const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  const ranges = [];
  const pattern = new RegExp(`\\b(?:${words.join("|")})`, "gi");
  while (words.length && texts.nextNode()) {
    const text = texts.currentNode;
    if (text.parentElement.closest(".katex")) continue;
    for (const { index, 0: word } of text.data.matchAll(pattern)) {
      const range = new Range();
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      ranges.push(range);
    }
  }
  CSS.highlights.set("sought", new Highlight(...ranges));
}
