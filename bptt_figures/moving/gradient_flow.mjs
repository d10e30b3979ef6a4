import { cut, explorable, label, line, number, spread, times, transposeTimes }
  from "./frame.mjs";

// drawn once; radius is the spectral radius of W, ∂L/∂h_T has norm one
export const model = {
  W: [
    [-0.9, -1.5, -0.3, -0.9, 0.5, 1],
    [-0.2, -2.3, -1.7, 0.1, 1.4, 0],
    [-0.1, 1.4, 0.5, 0.5, -0.2, 0.9],
    [1.3, -0.6, 0.6, 0.5, -0.7, -0.9],
    [0.1, -0.3, -0.1, 0.3, 0.8, -2.6],
    [0.5, -0.4, -0.2, 0.1, -0.6, 0.6],
  ],
  radius: 2.020071,
  U: [-0.7, 0.3, 0.2, -1.4, 0.8, -0.8],
  x: [
    -0.7, -0.3, 0.1, 1.2, 0.4, 0.3, 0.5, -1.2, -1, 0.9, -0.1, 0, 0.9, 1.6,
    -1.3, 0.1, -0.8, 0.5, -0.2, 0.7, -0.3, -0.2, -0.5, 0, -0.4, 0.2, -0.8,
    1.1, 0.2, 0.4, 0.5, 0.8, -0.4, 0.4, 1.9, -0.1, 0.6, -0.2, 0, -0.8,
    -0.6, 0.5, 1.8, 0.4, -0.9, -0.3, 0.6, -0.1, -0.7, -0.1, 0.4, 0.3, 1.4,
    1.7, 2.5, 1.8, 0.2, 0.6, 1.6, 1.6, 1.7, 1.8, -2.1, 1, 0.7, 0, 0.6,
    -0.4, -0.7, 0.4, -1.3, 0.4, 0.2, 0.9, 0.2, -1, 1.6, -0.6, 0.1, -0.7,
    0.1, 0.8, 0.3, 0.4, -2.4, 1.5, -0.1, 0.1, 1.8, -2.1, -0.3, 0.2, -0.4,
    -0.4, 1.2, -2, 2.3, -0.6, 0.3, -0.9,
  ],
  h0: [0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
  dhT: [-1, -1, 1, 1, -1, 1].map(sign => sign / Math.sqrt(6)),
};

const activations = {
  tanh: [Math.tanh, h => 1 - h * h, "1 − h², each at most 1"],
  identity: [a => a, () => 1, "the slopes, all 1"],
  logistic: [a => 1 / (1 + Math.exp(-a)), h => h * (1 - h),
    "h(1 − h), each at most ¼"],
};

// ||dL/dh_t|| for t = 0..T, and the mean slope; L is a sum over h_T alone,
// of norm one there
export const flow = (rho, T, name) => {
  const { W, U, x, h0, dhT, radius } = model;
  const [f, slope] = activations[name];
  const M = W.map(row => row.map(w => w * rho / radius));
  const h = [h0];
  for (let t = 1; t <= T; t++)
    h.push(times(M, h[t - 1]).map((v, i) => f(U[i] * x[t - 1] + v)));
  let dh = dhT, mean = 0;
  const norms = [];
  for (let t = T; t >= 0; t--) {
    norms[t] = Math.hypot(...dh);
    if (!t) break;
    const slopes = h[t].map(slope);
    mean += slopes.reduce((p, q) => p + q) / slopes.length / T;
    dh = transposeTimes(M, dh.map((v, i) => v * slopes[i]));
  }
  return { norms, mean };
};

export const finding = (name, rho, T, { norms, mean }) => {
  const end = norms[0], rate = (end / norms[T]) ** (1 / T);
  const verdict = rate > 1.02 ? "It explodes" :
    rate < 0.98 ? "It vanishes" : "It keeps its size";
  const why = name === "identity" ? "every slope is 1, so W alone decides"
    : `the slopes ${activations[name][2]}, are ${number(mean)} on average, `
    + "and each step multiplies by them too";
  return `${name}, ρ = ${rho.toFixed(2)}: after ${T} steps back, ‖∂L/∂h₀‖ `
    + `is ${number(end)} of what it was at T. ${verdict}: a factor of `
    + `${number(rate)} at each step. ρ alone predicts ${number(rho ** T)}; `
    + `${why}.`;
};

const X = [70, 300], Y = t => 134 - 11 * Math.max(-99, Math.log10(t));

explorable("bptt-gradient-flow", parts => () => {
  const rho = +parts.rho.value, T = +parts.T.value;
  const name = parts.activation.value;
  const draw = (part, norms) => {
    const points = cut(norms.map(
      (v, t) => [X[0] + (X[1] - X[0]) * t / T, Y(v)]).reverse(), 24, 266);
    parts[part].setAttribute("d", line(points));
    return points.at(-1);
  };
  const result = flow(rho, T, name);
  const lines = [["true", result.norms], ["power", result.norms.map(
    (_, t) => rho ** (T - t))]];
  for (const [part, step] of [["less", -0.2], ["more", 0.2]]) {
    lines.push([part, flow(rho + step, T, name).norms]);
    parts[part + "-name"].textContent = "ρ = " + (rho + step).toFixed(2);
  }
  // a ghost that leaves the figure has no name
  const named = lines.map(([part, norms]) => [part, ...draw(part, norms)])
    .filter(([part, x]) => x <= X[0] || part === "true" || part === "power");
  const places = spread(named.map(
    ([, x, y]) => x > X[0] ? Math.max(34, Math.min(256, y)) : y));
  for (const [part] of lines) parts[part + "-name"].classList.add("off");
  named.forEach(([part, x], i) => {
    const name = parts[part + "-name"];
    name.setAttribute("x", x > X[0] ? (x - 14).toFixed(0) : 66);
    name.setAttribute("y", (places[i] + 4).toFixed(1));
    name.classList.remove("off");
  });
  parts.half.textContent = T / 2;
  parts.last.textContent = "T = " + T;
  label(parts, "rho", rho.toFixed(2));
  label(parts, "T", T);
  parts.finding.textContent = finding(name, rho, T, result);
});
