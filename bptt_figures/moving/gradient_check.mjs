import { explorable, label, line, number } from "./frame.mjs";

// sixteenths, so that float32 holds them too
export const model = {
  names: ["U", "U", "W", "W", "W", "W", "b", "b", "V", "V", "c"],
  theta: [0.75, -0.5, 0.625, -0.375, 0.5, 0.875, 0.125, -0.25, 1.25, -0.75,
    0.1875],
  x: [1, -0.5, 0.75, 0.25],
  y: [0.5, -0.25, 1, -0.75],
  h0: [0.5, -0.625],
};

// θ: U₁ U₂ W₁₁ W₁₂ W₂₁ W₂₂ b₁ b₂ V₁ V₂ c; numbers are pairs (real,
// imaginary), and every operation ends in the rounding of the precision
const rounding = { float64: v => v, float32: Math.fround };

export const loss = (theta, precision) => {
  const { x, y, h0 } = model, r = rounding[precision];
  const add = ([a, b], [c, d]) => [r(a + c), r(b + d)];
  const times = ([a, b], [c, d]) => [r(r(a * c) - r(b * d)),
    r(r(a * d) + r(b * c))];
  const over = ([a, b], [c, d]) => {
    const q = r(d / c), n = r(c + r(d * q));
    return [r(r(a + r(b * q)) / n), r(r(b - r(a * q)) / n)];
  };
  // Lambert's continued fraction: + and / alone, the same on every machine
  const tanh = v => {
    const square = times(v, v);
    let q = [31, 0];
    for (let k = 29; k > 0; k -= 2) q = add([k, 0], over(square, q));
    return over(v, q);
  };
  const [U1, U2, W11, W12, W21, W22, b1, b2, V1, V2, c] = theta;
  let [p, q] = h0.map(v => [v, 0]), L = [0, 0];
  x.forEach((v, t) => {
    const next = (U, Wp, Wq, b) => tanh(add(add(add(
      times(U, [v, 0]), times(Wp, p)), times(Wq, q)), b));
    [p, q] = [next(U1, W11, W12, b1), next(U2, W21, W22, b2)];
    const z = add(add(times(V1, p), times(V2, q)), c);
    const e = add(z, [-y[t], 0]);
    L = add(L, times(times(e, e), [0.5, 0]));
  });
  return L;
};

// dL/dθ by central differences, and by the complex step
export const differences = (epsilon, precision) => {
  const r = rounding[precision], e = r(epsilon);
  const at = (j, re, im) => loss(model.theta.map(
    (v, k) => k === j ? [r(v + re), im] : [v, 0]), precision);
  return {
    central: model.theta.map(
      (_, j) => r(r(at(j, e, 0)[0] - at(j, -e, 0)[0]) / r(2 * e))),
    complex: model.theta.map((_, j) => r(at(j, 0, e)[1] / e)),
  };
};

// L and dL/dθ by BPTT; bug 0 is none
export const gradient = (theta, bug) => {
  const { x, y, h0 } = model;
  const [U1, U2, W11, W12, W21, W22, b1, b2, V1, V2, c] = theta;
  const h = [h0], T = x.length, g = theta.map(() => 0);
  let L = 0, [dp, dq] = [0, 0];
  for (const v of x) {
    const [p, q] = h.at(-1);
    h.push([Math.tanh(U1 * v + W11 * p + W12 * q + b1),
      Math.tanh(U2 * v + W21 * p + W22 * q + b2)]);
  }
  for (let t = T; t >= 1; t--) {
    const [p, q] = h[t], e = V1 * p + V2 * q + c - y[t - 1];
    L += e * e / 2;
    const open = bug === 4 && t === 1;
    const d1 = (V1 * e + dp) * (open ? 1 : 1 - p * p);
    const d2 = (V2 * e + dq) * (open ? 1 : 1 - q * q);
    const [s, u] = bug === 2 ? h[t] : h[t - 1], now = bug !== 3 || t === T;
    [d1 * x[t - 1], d2 * x[t - 1], d1 * s, d1 * u, d2 * s, d2 * u,
      now && d1, now && d2, e * p, e * q, e].forEach((v, j) => g[j] += +v);
    [dp, dq] = bug === 1 ? [W11 * d1 + W12 * d2, W21 * d1 + W22 * d2]
      : [W11 * d1 + W21 * d2, W12 * d1 + W22 * d2];
  }
  return { L, g };
};

export const error = (a, b) => Math.hypot(...a.map((v, j) => v - b[j]))
  / Math.hypot(...b);
// of one entry
const apart = (a, b) => Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
// 1e-14, 3e-14, 1e-13 ... 1e-1
export const epsilons = Array.from({ length: 27 }, (_, k) =>
  +((k % 2 ? "3e-" : "1e-") + (14 - (k - k % 2) / 2)));
const low = 1e-13, limit = 1e-3;
const list = names => [...new Set(names)].join(", ") || "none";
const entries = wrong => list(model.names.filter((_, j) => wrong(j)));

// central: the differences at every ε; k: the chosen ε
export const finding = (precision, k, bug, central) => {
  const { L, g } = gradient(model.theta, bug);
  const truth = gradient(model.theta, 0).g, now = central[k];
  const errors = central.map(all => Math.max(low, error(all, g)));
  const best = errors.indexOf(Math.min(...errors)), own = error(now, truth);
  let words;
  if (!bug) words = own > limit ? "A right gradient looks wrong: "
    + (k < best ? "ε is so small that round-off decides."
      : "ε is so large that curvature decides.")
    : k > best ? "A smaller ε still helps: the error falls as ε²."
      : k < best ? "A smaller ε makes it worse: round-off, divided by ε."
        : "No other ε does better.";
  else {
    let theta = model.theta;
    for (let i = 0; i < 50; i++) {
      const step = gradient(theta, bug).g;
      theta = theta.map((v, j) => v - 0.1 * step[j]);
    }
    words = (own > error(g, truth) ? "The difference itself is off by "
      + number(own) + ": the bug hides."
      : `Flagged: ${entries(j => apart(now[j], g[j]) > limit)}. Wrong `
      + `whatever ε: ${entries(j => apart(g[j], truth[j]) > 1e-9)}.`)
      + ` 50 steps with this gradient take L from ${number(L)} to `
      + `${number(gradient(theta, 0).L)}: a falling loss proves nothing.`;
  }
  return `${precision}, ε = ${number(epsilons[k])}: the gradient under test `
    + `and the central difference differ by ${number(errors[k])}. ${words}`;
};

const X = e => 340 + 20 * Math.log10(e);
const Y = v => 36 - 14 * Math.log10(Math.max(low, Math.min(10, v)));

explorable("bptt-gradient-check", parts => {
  const table = {};
  for (const precision in rounding)
    table[precision] = epsilons.map(e => differences(e, precision));
  return () => {
    const k = +parts.epsilon.value, bug = parts.bug.selectedIndex;
    const precision = parts.precision.value;
    const other = precision === "float64" ? "float32" : "float64";
    const { g } = gradient(model.theta, bug);
    const draw = (part, precision, which) => {
      const heights = table[precision].map(all => Y(error(all[which], g)));
      parts[part].setAttribute("d", line(
        heights.map((y, i) => [X(epsilons[i]), y])));
      parts[part + "-name"]?.setAttribute("y", (heights[0] - 6).toFixed(1));
      return heights;
    };
    draw("other", other, "central");
    draw("complex", precision, "complex");
    const heights = draw("central", precision, "central");
    parts["other-name"].textContent = other;
    for (const part of ["other", "other-name", "complex-name"])
      parts[part].classList.toggle("off", bug > 0);
    parts.at.setAttribute("cx", X(epsilons[k]).toFixed(1));
    parts.at.setAttribute("cy", heights[k].toFixed(1));
    label(parts, "epsilon", number(epsilons[k]));
    const central = table[precision].map(all => all.central);
    central[k].forEach((v, j) => {
      const difference = apart(v, g[j]), cell = parts["e" + j];
      const bad = difference > limit;
      cell.className = bad ? "bad" : "";
      cell.textContent = (bad ? "✗ " : "✓ ")
        + number(Math.max(low, difference)).replace(/^.*×./, "");
    });
    parts.finding.textContent = finding(precision, k, bug, central);
  };
});
