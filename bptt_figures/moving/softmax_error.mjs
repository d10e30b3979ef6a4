import { explorable, label } from "./frame.mjs";

const letters = "helo";

// probabilities, target, errors of the logits, and the loss
export const errors = (z, right, spread) => {
  const top = Math.max(...z), e = z.map(v => Math.exp(v - top));
  const S = e.reduce((p, q) => p + q);
  const yhat = e.map(v => v / S);
  const y = z.map((_, k) => spread / 4 + (k === right ? 1 - spread : 0));
  const dz = yhat.map((v, k) => v - y[k]);
  const L = y.reduce((p, v, k) => p - (v && v * Math.log(yhat[k])), 0);
  return { yhat, y, dz, L };
};

const two = v => ((Math.round(100 * v) || 0) / 100).toFixed(2)
  .replace("-", "−");

export const finding = (right, { yhat, y, dz, L }) => {
  const other = [0, 1, 2, 3].filter(k => k !== right)
    .sort((i, j) => yhat[j] - yhat[i])[0];
  return `${letters[right]} is right and gets ${two(yhat[right])}, so the `
    + `error of its logit is ${two(yhat[right])} − ${two(y[right])} = `
    + `${two(dz[right])}. The strongest of the others, ${letters[other]}, `
    + `gets ${two(yhat[other])}: ${two(yhat[other])} − ${two(y[other])} = `
    + `${two(dz[other])}. The loss is ${two(L)}; it falls if logits with a `
    + "negative error rise and those with a positive one fall. All four "
    + "errors add up to 0.";
};

const bar = (part, from, to) => {
  part.setAttribute("y", Math.min(from, to).toFixed(1));
  part.setAttribute("height", Math.abs(to - from).toFixed(1));
};

explorable("bptt-softmax-error", parts => () => {
  const z = [0, 1, 2, 3].map(k => +parts["z" + k].value);
  const right = +parts.right.value, spread = +parts.spread.value;
  const found = errors(z, right, spread);
  z.forEach((v, k) => {
    label(parts, "z" + k, v.toFixed(1).replace("-", "−"));
    bar(parts["p" + k], 120, 120 - 100 * found.yhat[k]);
    bar(parts["e" + k], 200, 200 - 72 * found.dz[k]);
    parts["p" + k + "="].textContent = two(found.yhat[k]);
    const x = 58 + 74 * k, height = (-100 * found.y[k]).toFixed(1);
    parts["y" + k].setAttribute("d", `M${x} 120v${height}h38V120`);
  });
  label(parts, "spread", spread.toFixed(1));
  parts.finding.textContent = finding(right, found);
});
