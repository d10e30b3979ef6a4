// A x
export const times = (A, x) =>
  A.map(row => row.reduce((sum, a, j) => sum + a * x[j], 0));

// A^T x
export const transposeTimes = (A, x) =>
  A[0].map((_, j) => A.reduce((sum, row, i) => sum + row[j] * x[i], 0));

// 0.123, 12.3, 4.5 × 10⁻⁷
export const number = v => {
  const size = Math.abs(v);
  if (v === 0 || (size >= 0.01 && size < 1000)) {
    const digits = v === 0 ? 0 : Math.floor(Math.log10(size));
    return v.toFixed(Math.max(0, 2 - Math.max(digits, -1))).replace("-", "−");
  }
  const [m, e] = v.toExponential(1).split("e");
  return m.replace("-", "−") + "\u00a0×\u00a010" + [...String(+e)].map(
    s => s === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[s]).join("");
};

export const sub = (symbol, t) =>
  symbol + [...String(t)].map(s => "₀₁₂₃₄₅₆₇₈₉"[s]).join("");

export const line = points => points.map(
  ([x, y], i) => (i ? "L" : "M") + x.toFixed(1) + " " + y.toFixed(1)
).join("");

// the points up to the first that leaves [low, high], which is cut there
export const cut = (points, low, high) => {
  const out = points.findIndex(([, y]) => y < low || y > high);
  if (out < 1) return points;
  const [[x0, y0], [x1, y1]] = points.slice(out - 1);
  const y = y1 < low ? low : high;
  return [...points.slice(0, out),
    [x0 + (x1 - x0) * (y - y0) / (y1 - y0), y]];
};

// heights for labels that want to stand at ys, at least 15 apart, and not
// below the height `low`
export const spread = (ys, low = Infinity) => {
  const order = ys.map((_, i) => i).sort((i, j) => ys[i] - ys[j]);
  const places = [...ys];
  for (let round = 0; round < 30; round++)
    for (let k = 1; k < order.length; k++) {
      const i = order[k - 1], j = order[k];
      const push = Math.max(0, 15 - places[j] + places[i]) / 2;
      places[i] -= push;
      places[j] += push;
    }
  const over = Math.max(0, Math.max(...places) - low);
  return places.map(y => y - over);
};

// start(parts, element) returns what is to be done on each input
export const explorable = (name, start) => {
  const registry = globalThis.customElements;
  if (!registry || registry.get(name)) return;
  registry.define(name, class extends HTMLElement {
    connectedCallback() {
      // JupyterLab moves elements that have begun
      if (this.oninput) return;
      this.begin();
      const first = this.innerHTML;
      this.addEventListener("click", event => {
        if (event.target.dataset.p !== "reset") return;
        this.innerHTML = first;
        this.begin();
        this.querySelector("[data-p=reset]").focus();
      });
    }
    begin() {
      // JupyterLab would take the arrow keys
      for (const e of this.querySelectorAll("input, select, button"))
        e.setAttribute("data-lm-suppress-shortcuts", "");
      // parts.name is the element with data-p="name"
      const parts = new Proxy({}, {
        get: (_, part) => this.querySelector(`[data-p="${part}"]`) });
      this.oninput = start(parts, this);
      this.oninput();
    }
  });
};

// the value beside a control, for the eye and for a screen reader
export const label = (parts, name, text) => {
  const shown = parts[name + "="];
  shown.textContent = text;
  shown.ariaHidden = true;
  parts[name].setAttribute("aria-valuetext", text);
};
