import { cut, explorable, label, line, number, spread } from "./frame.mjs";

export const model = {
  W: { i: 0.3, f: 0.3, o: 0.5, g: 0.3 }, c0: 0.5, h0: 0.2,
};

// ratios to their value at t = T, for t = 0..T, where L = h_T:
// all paths: |dL/dc_t|; through c alone; through h alone. One unit, whose
// gates have the same values at every step
export const gradients = ({ i, f, o, g }, T) => {
  const { W } = model, c = [model.c0];
  for (let t = 1; t <= T; t++) c.push(f * c[t - 1] + i * g);
  const all = [], throughC = [], throughH = [];
  // 1 - tanh(c)^2, which would round to 0 for c > 19
  const slope = t => o / Math.cosh(c[t]) ** 2;
  let dh = 1, dc = slope(T), alone = 1;
  for (let t = T; t >= 0; t--) {
    all[t] = Math.abs(dc / slope(T));
    throughC[t] = f ** (T - t);
    throughH[t] = Math.abs(alone);
    if (!t) break;
    const intoC = W.i * g * i * (1 - i) + W.f * c[t - 1] * f * (1 - f)
      + W.g * i * (1 - g * g);
    const intoO = W.o * Math.tanh(c[t]) * o * (1 - o);
    alone *= intoO + slope(t) * intoC;
    dh = dh * intoO + dc * intoC;
    dc = dc * f + (t > 1 ? dh * slope(t - 1) : 0);
  }
  return { all, throughC, throughH };
};

export const finding = (f, T, { all, throughC, throughH }) =>
  `With f = ${f.toFixed(2)}, ${T} steps back through c alone leave f to the `
  + `power ${T}, ${number(throughC[0])}, of the gradient; through h alone `
  + `${number(throughH[0])}; all paths together ${number(all[0])}. To keep `
  + `half through c, f must be about ${(0.5 ** (1 / T)).toFixed(3)}.`;

const Y = v => 60 - 10 * Math.max(-99, Math.log10(v));

explorable("bptt-lstm-cell", (parts, element) => {
  let at = "C";
  const buttons = [...parts.equations.children];
  const update = () => {
    for (const e of element.querySelectorAll("[data-e]"))
      e.classList.toggle("ink", e.dataset.e.includes(at));
    parts.cell.classList.toggle("backward", at === "C" || at === "H");
    let words;
    for (const button of buttons) {
      const on = button.dataset.p === at;
      button.setAttribute("aria-pressed", on);
      if (on) words = button.title;
    }
    const gates = {}, T = +parts.T.value;
    for (const name of ["i", "f", "o", "g"]) {
      gates[name] = +parts[name + "-gate"].value;
      label(parts, name + "-gate", gates[name].toFixed(2).replace("-", "−"));
    }
    label(parts, "T", T);
    const result = gradients(gates, T);
    const ends = Object.entries(result).map(([part, values]) => {
      const points = cut(values.map(
        (v, t) => [100 + 200 * t / T, Y(v)])
        .filter((_, t) => 20 * t % T === 0).reverse(), 20, 180);
      parts[part].setAttribute("d", line(points));
      return [part, ...points.at(-1)];
    });
    const places = spread(ends.map(end => end[2]), 172);
    ends.forEach(([part, x], k) => {
      const name = parts[part + "-name"];
      name.setAttribute("x", (x > 100 ? x - 14 : 96).toFixed(0));
      name.setAttribute("y", (places[k] + 4).toFixed(1));
    });
    parts.last.textContent = "T = " + T;
    parts.finding.textContent = words + " " + finding(gates.f, T, result);
  };
  parts.equations.addEventListener("click", event => {
    const button = event.target.closest("button");
    if (!button) return;
    at = button.dataset.p;
    update();
  });
  return update;
});
