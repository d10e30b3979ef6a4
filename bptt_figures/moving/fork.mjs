import { explorable, label } from "./frame.mjs";

const arrows = [["h2", "L"], ["h1", "L"], ["h1", "h2"], ["w", "h1"],
  ["w", "h2"], ["h0", "h1"]];
const names = { h0: "h₀", h1: "h₁", h2: "h₂", w: "w", L: "L" };

// values, slopes, what each arrow brings back, and the errors; h1 = w h0 + 1,
// h2 = w h1 + 1, L = (h1 - y1)^2 / 2 + (h2 - y2)^2 / 2
export const pass = (w, h0, y1, y2) => {
  const h1 = w * h0 + 1, h2 = w * h1 + 1;
  const value = { h0, w, h1, h2, L: ((h1 - y1) ** 2 + (h2 - y2) ** 2) / 2 };
  const slope = { "h0-h1": w, "h1-h2": w, "w-h1": h0, "w-h2": h1,
    "h1-L": h1 - y1, "h2-L": h2 - y2 };
  const error = { L: 1 }, back = {};
  for (const [from, to] of arrows) {  // a node after all that it feeds
    back[from + "-" + to] = slope[from + "-" + to] * error[to];
    error[from] = (error[from] ?? 0) + back[from + "-" + to];
  }
  return { value, slope, back, error };
};

// every number here is a whole number of eighths: three digits are exact
const shown = v => String(+v.toFixed(3)).replace("-", "−");
const factor = v => v < 0 ? `(${shown(v)})` : shown(v);

export const finding = (node, { slope, back, error }) => {
  const out = arrows.filter(([from]) => from === node);
  const brought = out.map(([, to]) => `along the one to ${names[to]} comes `
    + `${shown(slope[node + "-" + to])} · ${factor(error[to])} = `
    + shown(back[node + "-" + to]));
  const is = `∂L/∂${names[node]} = ${shown(error[node])}`;
  if (out.length === 1)
    return `One arrow leaves ${names[node]}: ${brought[0]}. So ${is}.`;
  const [one, two] = out.map(([, to]) => back[node + "-" + to]);
  return `Two arrows leave ${names[node]}: ${brought.join(", ")}. Forks add: `
    + `${is}.` + (one * two < 0 ? " The two ways want opposite things." : "");
};

explorable("bptt-fork", parts => () => {
  const node = parts.node.value;
  const set = ["weight", "start", "first", "second"].map(
    name => +parts[name].value);
  const result = pass(...set);
  for (const [name, v] of Object.entries(result.value)) {
    parts[name + "="].textContent = shown(v);
    parts[name].classList.toggle("on", name === node);
    if (name !== "L") parts[name + "!"].textContent =
      shown(result.error[name]);
  }
  for (const [from, to] of arrows) {
    const arrow = from + "-" + to, on = from === node;
    parts[arrow].setAttribute("class", on ? "d back" : "soft");
    parts[arrow + "="].textContent = shown(
      (on ? result.back : result.slope)[arrow]);
    parts[arrow + "="].classList.toggle("d", on);
  }
  ["weight", "start", "first", "second"].forEach(
    (name, i) => label(parts, name, shown(set[i])));
  parts.finding.textContent = finding(node, result);
});
