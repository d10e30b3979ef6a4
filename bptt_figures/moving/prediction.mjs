// a number as it is typed, with a comma or spaces between thousands, a true
// minus sign, a percent sign or a fraction; NaN if it is none
export const read = typed => {
  const text = typed.replace(/[\s\u00a0]/g, "").replace("−", "-")
    .replace(/(?<=\d),(?=\d{3}(\D|$))/g, "");
  const found = /^([-+]?[\d.]+(?:e[-+]?\d+)?)(?:\/(\d+))?(%?)$/i.exec(text);
  return found ? +found[1] / (found[2] ?? 1) / (found[3] ? 100 : 1) : NaN;
};

// what is said of a number: right is the true one, and what is at most
// `factor` times too large or too small is right too
export const judge = (typed, right, factor) => {
  const value = read(typed);
  if (Number.isNaN(value)) return "? type a number";
  if (Math.abs(value - right) <= 1e-9 * Math.abs(right)) return "✓ right";
  if (value * right < 0) return "✗ not so: the other sign";
  const ratio = value / right;
  if (ratio <= factor && ratio >= 1 / factor) return "✓ right";
  const more = Math.abs(value) > Math.abs(right);
  return `✗ not so: too ${more ? "large" : "small"}`;
};

const kept = name => {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? [];
  } catch (blocked) {
    return [];
  }
};

const begin = element => {
  const name = "prediction " + element.dataset.name;
  const lines = [...element.querySelectorAll("p:has(input), fieldset")];
  const field = line => line.querySelector("input[type=text]");
  const chosen = line => line.querySelector("input:checked");
  const values = () => lines.map(
    line => (field(line) ?? chosen(line))?.value ?? "");
  const answer = line => {
    if (field(line)) {
      const { value, dataset } = field(line);
      return value.trim() && judge(value, +dataset.right, +dataset.factor);
    }
    if (!chosen(line)) return "";
    return chosen(line).value === line.dataset.right
      ? "✓ right" : "✗ not so: read on";
  };
  const say = () => {
    for (const line of lines)
      line.querySelector("output").textContent = answer(line) || "? empty";
    try {
      localStorage.setItem(name, JSON.stringify(values()));
    } catch (blocked) {}
  };
  const before = kept(name);
  lines.forEach((line, i) => {
    if (!before[i]) return;
    if (field(line)) field(line).value = before[i];
    const radio = line.querySelector(`[type=radio][value="${before[i]}"]`);
    if (radio) radio.checked = true;
  });
  if (before.some(value => value)) say();
  for (const e of element.querySelectorAll("input, button"))
    e.setAttribute("data-lm-suppress-shortcuts", "");
  element.querySelector("button").onclick = say;
  element.onkeydown = event => {
    if (event.key === "Enter" && event.target.matches("input")) say();
  };
  // what was said is of what stood there
  element.oninput = event => {
    const line = event.target.closest("p, fieldset");
    line.querySelector("output").textContent = "";
  };
};

const registry = globalThis.customElements;
if (registry && !registry.get("bptt-predict"))
  registry.define("bptt-predict", class extends HTMLElement {
    connectedCallback() {
      // JupyterLab moves elements that have begun
      if (!this.oninput) begin(this);
    }
  });
