/**
 * Golden values of the acquisition from BoTorch 0.12.0 with PyTorch 2.0.1, in an own environment:
 *
 *   X = torch.tensor([[.1,.2],[.9,.1],[.3,.8],[.6,.5],[.8,.9],[.2,.5],[.5,.05],[.45,.95]]); a, b = X[:,0], X[:,1]
 *   Y = [torch.sin(4*a)+b, torch.cos(3*b)-a, (a-.5)**2+a*b]; ls = [[.4,.7],[.6,.5],[.5,.9]]
 *   def gp(y, l):
 *     m = SingleTaskGP(X, -y[:,None], torch.full((8,1), .05), outcome_transform=None,
 *                      covar_module=ScaleKernel(MaternKernel(2.5, ard_num_dims=2)))
 *     m.covar_module.base_kernel.lengthscale = torch.tensor(l); m.covar_module.outputscale = 1.
 *     K = m.covar_module(X).to_dense() + .05*torch.eye(8); w = torch.linalg.solve(K, torch.ones(8))
 *     m.mean_module.constant.data = (w @ -y) / w.sum(); return m.eval()
 *   for mm in (2, 3):
 *     model = ModelListGP(*[gp(Y[j], ls[j]) for j in range(mm)])
 *     acq = qLogNoisyExpectedHypervolumeImprovement(model, ref_point=torch.full((mm,), -1.5), X_baseline=X,
 *       prune_baseline=False, sampler=SobolQMCNormalSampler(torch.Size([2048]), seed=seed))
 *     acq(torch.tensor([[.7,.3],[.05,.95],[.55,.2]])[:,None,:]).exp()
 *
 * in double precision: mean and standard error over seeds 0-5 for two objectives, 0-2 for three.
 */

import { expect, test } from 'vitest';

import { logExpectedImprovement } from '../../../coordinator/proposer/expected-improvement.js';
import { frontCells } from '../../../coordinator/proposer/front-cells.js';
import { drawJointly } from '../../../coordinator/proposer/joint-draws.js';
import type { ValueModel } from '../../../coordinator/proposer/value-model.js';
import { processAt } from '../../../coordinator/surrogate/gaussian-process.js';

const X = [0.1, 0.2, 0.9, 0.1, 0.3, 0.8, 0.6, 0.5, 0.8, 0.9, 0.2, 0.5, 0.5, 0.05, 0.45, 0.95];
const POINTS = Array.from({ length: X.length / 2 }, (_, i) => Float64Array.of(X[2 * i]!, X[2 * i + 1]!));
const OBJECTIVES: readonly ((a: number, b: number) => number)[] = [
  (a, b) => Math.sin(4 * a) + b,
  (a, b) => Math.cos(3 * b) - a,
  (a, b) => (a - 0.5) ** 2 + a * b,
];
const LENGTHSCALES = [
  [0.4, 0.7],
  [0.6, 0.5],
  [0.5, 0.9],
] as const;
const NOISE = 0.05;
const AT = [Float64Array.of(0.7, 0.3), Float64Array.of(0.05, 0.95), Float64Array.of(0.55, 0.2)];
const DRAWS = 1024;
const GOLDEN = [
  { m: 2, values: [0.061121336, 0.12578831, 0.0022576929], errors: [1.7e-4, 6.7e-4, 4.9e-5] },
  { m: 3, values: [0.16617055, 0.34748184, 0.032769205], errors: [9.0e-4, 5.9e-4, 1.7e-4] },
] as const;
/** Error of our own draws of the front as a share of the value. */
const OWN_ERROR = 0.005;

const modelOf = (j: number): ValueModel => ({
  process: processAt({
    set: {
      kinds: ['numeric', 'numeric'],
      X: Float64Array.from(X),
      y: Float64Array.from(POINTS, (point) => OBJECTIVES[j]!(point[0]!, point[1]!)),
      noise: new Float64Array(POINTS.length),
      task: new Int32Array(POINTS.length),
    },
    task: 0,
    tasks: 1,
    theta: Float64Array.from([...LENGTHSCALES[j]!, 1, NOISE], Math.log),
  }),
  shift: 0,
  scale: 1,
});

for (const { m, values, errors } of GOLDEN) {
  test(`with ${m} objectives the improvement is that of BoTorch within its Monte Carlo error`, () => {
    const models = Array.from({ length: m }, (_, j) => modelOf(j));
    const objectives = drawJointly(models, POINTS, { count: DRAWS, seed: 'golden' });
    const fronts = Array.from({ length: DRAWS }, (_, s) =>
      Float64Array.from(POINTS.flatMap((_point, i) => objectives.map(({ draws }) => draws[s * POINTS.length + i]!))),
    );
    const improvement = logExpectedImprovement({
      objectives,
      cells: frontCells(fronts, new Float64Array(m).fill(1.5)),
    });
    AT.forEach((x, i) => {
      const tolerance = 4 * errors[i]! + OWN_ERROR * values[i]!;
      expect(Math.abs(Math.exp(improvement(x)) - values[i]!)).toBeLessThan(tolerance);
    });
  });
}
