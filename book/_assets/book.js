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
  const sentence = (symbol) => `symbol-${symbol.dataset.symbol}`;
  const symbolsOf = (formula) => [...formula.querySelectorAll("[data-symbol]")];
  const show = (place, symbols) => {
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
    const [x, y] = [Math.max(8, right) + scrollX, box.bottom + scrollY];
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
    formula.addEventListener("blur", () => {
      focused = null;
      hide();
    });
  }
  document.addEventListener("pointerover", ({ target }) => {
    const symbol = target.closest("[data-symbol]");
    if (symbol) show(symbol, [symbol]);
    else if (!focused && !tip.contains(target)) hide();
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") hide();
  });
}

// What scrolls sideways can be reached with the keyboard.
const scrollers = [
  ...document.querySelectorAll(
    ".scrolls, div.highlight pre, .text_html pre, .text_html, .book-figure > [role=group], .pst-scrollable-table-container",
  ),
];
const reach = () => {
  if ("loading" in root.dataset) return;
  // First all sizes, then all changes: one layout for the page.
  const wide = scrollers.map((box) => box.scrollWidth > box.clientWidth);
  scrollers.forEach((box, i) => {
    box.classList.toggle("wide", wide[i]);
    if (wide[i] || box.dataset.explains) {
      box.tabIndex = 0;
    } else {
      box.removeAttribute("tabindex");
    }
  });
};
// The sections below wait until the first has been painted.
const whole = () => {
  delete root.dataset.loading;
  reach();
};
addEventListener("load", () => requestAnimationFrame(() => setTimeout(whole)));
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
