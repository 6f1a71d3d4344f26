/** Element-wise operations, reductions and products. */

import * as tf from '@tensorflow/tfjs-core';

import { CORE_LIMIT, DISCRETE, t1, type Domain, type OperationCase } from './operation-case.js';

type Unary = (x: tf.Tensor) => tf.Tensor;

const elementwise = (domain: Domain, functions: Readonly<Record<string, Unary>>): OperationCase[] =>
  Object.entries(functions).map(([name, apply]) => ({ name, inputs: [[3, 5]], domain, apply: (x) => apply(x) }));

const ELEMENTWISE: readonly OperationCase[] = [
  ...elementwise('normal', {
    neg: tf.neg,
    abs: tf.abs,
    exp: tf.exp,
    expm1: tf.expm1,
    square: tf.square,
    sigmoid: tf.sigmoid,
    softplus: tf.softplus,
    tanh: tf.tanh,
    erf: tf.erf,
    sin: tf.sin,
    cos: tf.cos,
    relu: tf.relu,
    relu6: tf.relu6,
    leakyRelu: (x) => tf.leakyRelu(x, 0.1),
    elu: tf.elu,
    clipByValue: (x) => tf.clipByValue(x, -0.7, 0.9),
    'gelu by sigmoid': (x) => tf.mul(x, tf.sigmoid(tf.mul(x, 1.702))),
  }),
  ...elementwise('positive', {
    log: tf.log,
    log1p: tf.log1p,
    sqrt: tf.sqrt,
    rsqrt: tf.rsqrt,
    reciprocal: tf.reciprocal,
  }),
  ...elementwise('unit', { asin: tf.asin, atan: tf.atan }),
  { name: 'add with broadcast', inputs: [[3, 5], [5]], apply: (a, b) => tf.add(a, b) },
  {
    name: 'sub with broadcast',
    inputs: [
      [3, 1],
      [3, 5],
    ],
    apply: (a, b) => tf.sub(a, b),
  },
  {
    name: 'mul with broadcast',
    inputs: [
      [2, 3, 5],
      [3, 1],
    ],
    apply: (a, b) => tf.mul(a, b),
  },
  { name: 'div with broadcast', inputs: [[3, 5], [5]], domain: 'positive', apply: (a, b) => tf.div(a, b) },
  {
    name: 'pow',
    inputs: [
      [3, 5],
      [3, 5],
    ],
    domain: 'positive',
    apply: (a, b) => tf.pow(a, b),
  },
  {
    name: 'maximum',
    inputs: [
      [3, 5],
      [3, 5],
    ],
    apply: (a, b) => tf.maximum(a, b),
  },
  {
    name: 'minimum',
    inputs: [
      [3, 5],
      [3, 5],
    ],
    apply: (a, b) => tf.minimum(a, b),
  },
  {
    name: 'squaredDifference',
    inputs: [
      [3, 5],
      [3, 5],
    ],
    apply: (a, b) => tf.squaredDifference(a, b),
  },
  {
    name: 'where with a fixed mask',
    inputs: [
      [2, 3],
      [2, 3],
    ],
    apply: (a, b) => tf.where(tf.tensor2d([1, 0, 1, 0, 0, 1], [2, 3], 'bool'), a, b),
  },
  {
    name: 'where with a mask made inside',
    inputs: [
      [3, 5],
      [3, 5],
    ],
    apply: (a, b) => tf.where(tf.greater(a, b), a, b),
    withoutGradient: `${CORE_LIMIT}comparisons`,
  },
];

const REDUCTIONS: readonly OperationCase[] = [
  { name: 'sum of all', inputs: [[3, 5]], apply: (x) => tf.sum(x) },
  { name: 'sum over the last axis', inputs: [[3, 5]], apply: (x) => tf.sum(x, -1) },
  { name: 'sum over the first axis', inputs: [[7, 5]], apply: (x) => tf.sum(x, 0) },
  { name: 'sum over two leading axes, kept', inputs: [[3, 4, 5]], apply: (x) => tf.sum(x, [0, 1], true) },
  { name: 'sum over a middle axis', inputs: [[3, 4, 5]], apply: (x) => tf.sum(x, 1) },
  { name: 'mean', inputs: [[3, 5]], apply: (x) => tf.mean(x, 1, true) },
  { name: 'mean over the first axis', inputs: [[3, 5]], apply: (x) => tf.mean(x, 0) },
  { name: 'max', inputs: [[3, 5]], apply: (x) => tf.max(x, 1) },
  { name: 'min', inputs: [[3, 5]], apply: (x) => tf.min(x, 0) },
  {
    name: 'prod',
    inputs: [[3, 5]],
    apply: (x) => tf.prod(x, -1),
    withoutGradient: `${CORE_LIMIT}prod, unless the chained methods of the union package are loaded`,
  },
  { name: 'logSumExp', inputs: [[3, 5]], apply: (x) => tf.logSumExp(x, 1) },
  { name: 'norm', inputs: [[3, 5]], apply: (x) => tf.norm(x) },
  { name: 'cumsum', inputs: [[3, 5]], apply: (x) => tf.cumsum(x, 1) },
  { name: 'argMax', inputs: [[3, 5]], apply: (x) => tf.argMax(x, 1), withoutGradient: DISCRETE },
];

const PRODUCTS: readonly OperationCase[] = [
  {
    name: 'matMul',
    inputs: [
      [4, 6],
      [6, 5],
    ],
    apply: (a, b) => tf.matMul(a, b),
  },
  {
    name: 'matMul, a transposed',
    inputs: [
      [6, 4],
      [6, 5],
    ],
    apply: (a, b) => tf.matMul(a, b, true, false),
  },
  {
    name: 'matMul, b transposed',
    inputs: [
      [4, 6],
      [5, 6],
    ],
    apply: (a, b) => tf.matMul(a, b, false, true),
  },
  {
    name: 'matMul, both transposed',
    inputs: [
      [6, 4],
      [5, 6],
    ],
    apply: (a, b) => tf.matMul(a, b, true, true),
  },
  {
    name: 'matMul larger than a tile',
    inputs: [
      [37, 70],
      [37, 45],
    ],
    apply: (a, b) => tf.matMul(a, b, true, false),
  },
  {
    name: 'batched matMul, small',
    inputs: [
      [3, 4, 6],
      [3, 6, 5],
    ],
    apply: (a, b) => tf.matMul(a, b),
  },
  {
    name: 'batched matMul, large',
    inputs: [
      [2, 2, 17, 16],
      [2, 2, 16, 18],
    ],
    apply: (a, b) => tf.matMul(a, b),
  },
  {
    name: 'batched matMul, large, b transposed',
    inputs: [
      [3, 17, 16],
      [3, 18, 16],
    ],
    apply: (a, b) => tf.matMul(a, b, false, true),
  },
  {
    name: 'batched a, single b',
    inputs: [
      [3, 4, 6],
      [1, 6, 5],
    ],
    apply: (a, b) => tf.matMul(a, b),
    withoutGradient: `${CORE_LIMIT}products with a repeated side`,
  },
  {
    name: 'single a, batched b',
    inputs: [
      [1, 4, 6],
      [3, 6, 5],
    ],
    apply: (a, b) => tf.matMul(a, b),
    withoutGradient: `${CORE_LIMIT}products with a repeated side`,
  },
  { name: 'dot', inputs: [[6], [6]], apply: (a, b) => tf.dot(t1(a), t1(b)) },
  { name: 'outerProduct', inputs: [[4], [5]], apply: (a, b) => tf.outerProduct(t1(a), t1(b)) },
  {
    name: 'einsum',
    inputs: [
      [3, 4],
      [4, 5],
    ],
    apply: (a, b) => tf.einsum('ij,jk->ki', a, b),
    withoutGradient: `${CORE_LIMIT}einsum`,
  },
  {
    name: 'bandPart',
    inputs: [[4, 4]],
    apply: (x) => tf.linalg.bandPart(x, 1, 0),
    withoutGradient: `${CORE_LIMIT}bandPart`,
  },
];

export const ARITHMETIC_CASES: readonly OperationCase[] = [...ELEMENTWISE, ...REDUCTIONS, ...PRODUCTS];
