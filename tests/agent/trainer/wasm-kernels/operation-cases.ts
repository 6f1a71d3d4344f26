/** The operations that a backend must compute as the CPU backend does, as data: inputs, and for a few why no gradient is asked. */

import * as tf from '@tensorflow/tfjs-core';

/** How an input is drawn: any sign, or positive (for logarithms, roots and divisors), or within (-1, 1). */
export type Domain = 'normal' | 'positive' | 'unit';

export interface OperationCase {
  readonly name: string;
  readonly inputs: readonly (readonly number[])[];
  readonly domain?: Domain;
  readonly apply: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** Present where no gradient is compared: a limit of the library on every backend, or an operation that has none. */
  readonly withoutGradient?: string;
  /** True where values saved for the gradient look like a leak to the library's own check. */
  readonly savesValues?: true;
}

const DISCRETE = 'its result does not change smoothly';
const CORE_LIMIT = 'tfjs-core 4.22 has no usable gradient on any backend: ';

const int = (values: number[], shape?: number[]): tf.Tensor =>
  tf.tensor(values, (shape ?? [values.length]) as [number], 'int32');

/** The compiler knows ranks; these cases know their shapes. */
const t1 = (x: tf.Tensor): tf.Tensor1D => x as tf.Tensor1D;
const t2 = (x: tf.Tensor): tf.Tensor2D => x as tf.Tensor2D;
const t3 = (x: tf.Tensor): tf.Tensor3D => x as tf.Tensor3D;
const t4 = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;

type Unary = (x: tf.Tensor) => tf.Tensor;

const elementwise = (domain: Domain, functions: Readonly<Record<string, Unary>>): OperationCase[] =>
  Object.entries(functions).map(([name, apply]) => ({ name, inputs: [[3, 5]], domain, apply: (x) => apply(x!) }));

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
  { name: 'add with broadcast', inputs: [[3, 5], [5]], apply: (a, b) => tf.add(a!, b!) },
  {
    name: 'sub with broadcast',
    inputs: [
      [3, 1],
      [3, 5],
    ],
    apply: (a, b) => tf.sub(a!, b!),
  },
  {
    name: 'mul with broadcast',
    inputs: [
      [2, 3, 5],
      [3, 1],
    ],
    apply: (a, b) => tf.mul(a!, b!),
  },
  { name: 'div with broadcast', inputs: [[3, 5], [5]], domain: 'positive', apply: (a, b) => tf.div(a!, b!) },
  {
    name: 'pow',
    inputs: [
      [3, 5],
      [3, 5],
    ],
    domain: 'positive',
    apply: (a, b) => tf.pow(a!, b!),
  },
  {
    name: 'maximum',
    inputs: [
      [3, 5],
      [3, 5],
    ],
    apply: (a, b) => tf.maximum(a!, b!),
  },
  {
    name: 'minimum',
    inputs: [
      [3, 5],
      [3, 5],
    ],
    apply: (a, b) => tf.minimum(a!, b!),
  },
  {
    name: 'squaredDifference',
    inputs: [
      [3, 5],
      [3, 5],
    ],
    apply: (a, b) => tf.squaredDifference(a!, b!),
  },
  {
    name: 'where with a fixed mask',
    inputs: [
      [2, 3],
      [2, 3],
    ],
    apply: (a, b) => tf.where(tf.tensor2d([1, 0, 1, 0, 0, 1], [2, 3], 'bool'), a!, b!),
  },
  {
    name: 'where with a mask made inside',
    inputs: [
      [3, 5],
      [3, 5],
    ],
    apply: (a, b) => tf.where(tf.greater(a!, b!), a!, b!),
    withoutGradient: `${CORE_LIMIT}comparisons`,
  },
];

const REDUCTIONS: readonly OperationCase[] = [
  { name: 'sum of all', inputs: [[3, 5]], apply: (x) => tf.sum(x!) },
  { name: 'sum over the last axis', inputs: [[3, 5]], apply: (x) => tf.sum(x!, -1) },
  { name: 'sum over the first axis', inputs: [[7, 5]], apply: (x) => tf.sum(x!, 0) },
  { name: 'sum over two leading axes, kept', inputs: [[3, 4, 5]], apply: (x) => tf.sum(x!, [0, 1], true) },
  { name: 'sum over a middle axis', inputs: [[3, 4, 5]], apply: (x) => tf.sum(x!, 1) },
  { name: 'mean', inputs: [[3, 5]], apply: (x) => tf.mean(x!, 1, true) },
  { name: 'mean over the first axis', inputs: [[3, 5]], apply: (x) => tf.mean(x!, 0) },
  { name: 'max', inputs: [[3, 5]], apply: (x) => tf.max(x!, 1) },
  { name: 'min', inputs: [[3, 5]], apply: (x) => tf.min(x!, 0) },
  {
    name: 'prod',
    inputs: [[3, 5]],
    apply: (x) => tf.prod(x!, -1),
    withoutGradient: `${CORE_LIMIT}prod, unless the chained methods of the union package are loaded`,
  },
  { name: 'logSumExp', inputs: [[3, 5]], apply: (x) => tf.logSumExp(x!, 1) },
  { name: 'norm', inputs: [[3, 5]], apply: (x) => tf.norm(x!) },
  { name: 'cumsum', inputs: [[3, 5]], apply: (x) => tf.cumsum(x!, 1) },
  { name: 'argMax', inputs: [[3, 5]], apply: (x) => tf.argMax(x!, 1), withoutGradient: DISCRETE },
];

const PRODUCTS: readonly OperationCase[] = [
  {
    name: 'matMul',
    inputs: [
      [4, 6],
      [6, 5],
    ],
    apply: (a, b) => tf.matMul(a!, b!),
  },
  {
    name: 'matMul, a transposed',
    inputs: [
      [6, 4],
      [6, 5],
    ],
    apply: (a, b) => tf.matMul(a!, b!, true, false),
  },
  {
    name: 'matMul, b transposed',
    inputs: [
      [4, 6],
      [5, 6],
    ],
    apply: (a, b) => tf.matMul(a!, b!, false, true),
  },
  {
    name: 'matMul, both transposed',
    inputs: [
      [6, 4],
      [5, 6],
    ],
    apply: (a, b) => tf.matMul(a!, b!, true, true),
  },
  {
    name: 'matMul larger than a tile',
    inputs: [
      [37, 70],
      [37, 45],
    ],
    apply: (a, b) => tf.matMul(a!, b!, true, false),
  },
  {
    name: 'batched matMul, small',
    inputs: [
      [3, 4, 6],
      [3, 6, 5],
    ],
    apply: (a, b) => tf.matMul(a!, b!),
  },
  {
    name: 'batched matMul, large',
    inputs: [
      [2, 2, 17, 16],
      [2, 2, 16, 18],
    ],
    apply: (a, b) => tf.matMul(a!, b!),
  },
  {
    name: 'batched matMul, large, b transposed',
    inputs: [
      [3, 17, 16],
      [3, 18, 16],
    ],
    apply: (a, b) => tf.matMul(a!, b!, false, true),
  },
  {
    name: 'batched a, single b',
    inputs: [
      [3, 4, 6],
      [1, 6, 5],
    ],
    apply: (a, b) => tf.matMul(a!, b!),
    withoutGradient: `${CORE_LIMIT}products with a repeated side`,
  },
  {
    name: 'single a, batched b',
    inputs: [
      [1, 4, 6],
      [3, 6, 5],
    ],
    apply: (a, b) => tf.matMul(a!, b!),
    withoutGradient: `${CORE_LIMIT}products with a repeated side`,
  },
  { name: 'dot', inputs: [[6], [6]], apply: (a, b) => tf.dot(t1(a!), t1(b!)) },
  { name: 'outerProduct', inputs: [[4], [5]], apply: (a, b) => tf.outerProduct(t1(a!), t1(b!)) },
  {
    name: 'einsum',
    inputs: [
      [3, 4],
      [4, 5],
    ],
    apply: (a, b) => tf.einsum('ij,jk->ki', a!, b!),
    withoutGradient: `${CORE_LIMIT}einsum`,
  },
  {
    name: 'bandPart',
    inputs: [[4, 4]],
    apply: (x) => tf.linalg.bandPart(x!, 1, 0),
    withoutGradient: `${CORE_LIMIT}bandPart`,
  },
];

const SHAPES: readonly OperationCase[] = [
  { name: 'reshape', inputs: [[3, 4]], apply: (x) => tf.reshape(x!, [2, 6]) },
  { name: 'transpose of a matrix', inputs: [[3, 5]], apply: (x) => tf.transpose(x!) },
  { name: 'transpose of rank 4', inputs: [[2, 3, 4, 5]], apply: (x) => tf.transpose(x!, [0, 2, 1, 3]) },
  { name: 'slice of rows', inputs: [[6, 4]], apply: (x) => tf.slice(x!, [2, 0], [3, 4]) },
  { name: 'slice of columns', inputs: [[6, 4]], apply: (x) => tf.slice(x!, [1, 1], [3, 2]) },
  { name: 'split and swap rows', inputs: [[6, 4]], apply: (x) => tf.concat(tf.split(x!, [2, 4], 0).reverse(), 0) },
  { name: 'split and swap columns', inputs: [[6, 4]], apply: (x) => tf.concat(tf.split(x!, 2, 1).reverse(), 1) },
  {
    name: 'concat',
    inputs: [
      [3, 2],
      [3, 4],
    ],
    apply: (a, b) => tf.concat([a!, b!], 1),
  },
  {
    name: 'stack and unstack',
    inputs: [
      [3, 2],
      [3, 2],
    ],
    apply: (a, b) => tf.stack(tf.unstack(tf.stack([a!, b!], 1), 0)),
  },
  { name: 'tile', inputs: [[2, 3]], apply: (x) => tf.tile(x!, [2, 3]) },
  {
    name: 'pad',
    inputs: [[2, 3]],
    apply: (x) =>
      tf.pad(x!, [
        [1, 0],
        [2, 1],
      ]),
  },
  {
    name: 'mirrorPad',
    inputs: [[4, 4]],
    apply: (x) =>
      tf.mirrorPad(
        x!,
        [
          [1, 1],
          [0, 2],
        ],
        'reflect',
      ),
    withoutGradient: 'tfjs-core 4.22 registers none',
  },
  { name: 'reverse', inputs: [[3, 4]], apply: (x) => tf.reverse(x!, 1) },
  { name: 'expandDims', inputs: [[3, 4]], apply: (x) => tf.expandDims(x!, 1) },
  { name: 'broadcastTo', inputs: [[3, 1]], apply: (x) => tf.broadcastTo(x!, [2, 3, 4]) },
  {
    name: 'stridedSlice',
    inputs: [[5, 6]],
    apply: (x) => tf.stridedSlice(x!, [0, 1], [5, 6], [2, 2]),
    withoutGradient: 'tfjs-core 4.22 registers none',
  },
];

const INDEXING: readonly OperationCase[] = [
  { name: 'gather of rows with repeats', inputs: [[5, 3]], apply: (x) => tf.gather(x!, int([4, 0, 4, 2])) },
  { name: 'gather by a matrix', inputs: [[5, 3]], apply: (x) => tf.gather(x!, int([1, 1, 3, 0], [2, 2])) },
  { name: 'gather of columns', inputs: [[3, 5]], apply: (x) => tf.gather(x!, int([4, 0, 4]), 1) },
  {
    name: 'gatherND',
    inputs: [[3, 4]],
    apply: (x) => tf.gatherND(x!, int([0, 1, 2, 3], [2, 2])),
    withoutGradient: 'tfjs-core 4.22 registers none',
  },
  {
    name: 'unsortedSegmentSum, ids out of range',
    inputs: [[5, 3]],
    apply: (x) => tf.unsortedSegmentSum(x!, int([1, 0, -1, 1, 7]) as tf.Tensor1D, 3),
    withoutGradient: 'its gradient is defined for ids in range only',
  },
  {
    name: 'unsortedSegmentSum',
    inputs: [[5, 3]],
    apply: (x) => tf.unsortedSegmentSum(x!, int([1, 0, 2, 1, 0]) as tf.Tensor1D, 3),
  },
  {
    name: 'float oneHot, ids out of range',
    inputs: [[4, 4]],
    apply: (x) => tf.mul(x!, tf.oneHot(int([2, 0, -1, 9]), 4, 0.75, 0.25, 'float32')),
  },
  { name: 'int oneHot', inputs: [[3, 4]], apply: (x) => tf.mul(x!, tf.cast(tf.oneHot(int([3, 0, 1]), 4), 'float32')) },
  {
    name: 'topk',
    inputs: [[3, 6]],
    apply: (x) => tf.topk(x!, 2).values,
    withoutGradient: `${CORE_LIMIT}topk`,
  },
];

const LOSSES: readonly OperationCase[] = [
  { name: 'softmax', inputs: [[3, 5]], apply: (x) => tf.softmax(x!) },
  { name: 'logSoftmax', inputs: [[3, 5]], apply: (x) => tf.logSoftmax(x!) },
  {
    name: 'softmax cross entropy',
    inputs: [[3, 5]],
    savesValues: true,
    apply: (x) => tf.losses.softmaxCrossEntropy(tf.oneHot(int([4, 0, 2]), 5, 1, 0, 'float32'), x!),
  },
  {
    name: 'mean squared error',
    inputs: [
      [3, 5],
      [3, 5],
    ],
    apply: (a, b) => tf.losses.meanSquaredError(a!, b!),
  },
  {
    name: 'batch normalisation',
    inputs: [[4, 3], [3], [3], [3], [3]],
    domain: 'positive',
    apply: (x, mean, variance, offset, scale) =>
      tf.batchNorm2d(t2(x!), t1(mean!), t1(variance!), t1(offset!), t1(scale!)),
  },
  {
    name: 'layer norm',
    inputs: [[4, 6], [6]],
    apply: (x, gain) => {
      const centred = tf.sub(x!, tf.mean(x!, 1, true));
      return tf.mul(tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), 1e-5))), gain!);
    },
  },
];

const IMAGES: readonly OperationCase[] = [
  {
    name: 'conv1d',
    inputs: [
      [2, 7, 3],
      [3, 3, 4],
    ],
    apply: (x, f) => tf.conv1d(t3(x!), t3(f!), 1, 'same'),
  },
  {
    name: 'conv2d, same',
    inputs: [
      [2, 5, 6, 3],
      [3, 3, 3, 4],
    ],
    apply: (x, f) => tf.conv2d(t4(x!), t4(f!), 1, 'same'),
  },
  {
    name: 'conv2d, valid, stride 2',
    inputs: [
      [2, 7, 6, 2],
      [3, 2, 2, 3],
    ],
    apply: (x, f) => tf.conv2d(t4(x!), t4(f!), [2, 1], 'valid'),
  },
  {
    name: 'conv2d, same, stride 2',
    inputs: [
      [1, 6, 6, 2],
      [3, 3, 2, 3],
    ],
    apply: (x, f) => tf.conv2d(t4(x!), t4(f!), 2, 'same'),
  },
  {
    name: 'conv2dTranspose',
    inputs: [
      [1, 3, 3, 2],
      [3, 3, 4, 2],
    ],
    apply: (x, f) => tf.conv2dTranspose(t4(x!), t4(f!), [1, 6, 6, 4], 2, 'same'),
  },
  {
    name: 'depthwiseConv2d',
    inputs: [
      [2, 5, 5, 3],
      [3, 3, 3, 2],
    ],
    apply: (x, f) => tf.depthwiseConv2d(t4(x!), t4(f!), 1, 'same'),
  },
  {
    name: 'separableConv2d',
    inputs: [
      [1, 5, 5, 2],
      [3, 3, 2, 2],
      [1, 1, 4, 3],
    ],
    apply: (x, d, p) => tf.separableConv2d(t4(x!), t4(d!), t4(p!) as never, 1, 'same'),
  },
  { name: 'maxPool', inputs: [[2, 6, 6, 3]], apply: (x) => tf.maxPool(t4(x!), 2, 2, 'valid') },
  { name: 'maxPool, overlapping, padded', inputs: [[1, 5, 5, 2]], apply: (x) => tf.maxPool(t4(x!), 3, 2, 'same') },
  {
    name: 'maxPool of negative values',
    inputs: [[1, 4, 4, 2]],
    domain: 'positive',
    apply: (x) => tf.maxPool(t4(tf.neg(x!)), 2, 2, 'valid'),
  },
  { name: 'avgPool', inputs: [[2, 6, 6, 3]], apply: (x) => tf.avgPool(t4(x!), 2, 2, 'same') },
  { name: 'resizeBilinear', inputs: [[1, 4, 4, 2]], apply: (x) => tf.image.resizeBilinear(t4(x!), [6, 7]) },
];

export const OPERATION_CASES: readonly OperationCase[] = [
  ...ELEMENTWISE,
  ...REDUCTIONS,
  ...PRODUCTS,
  ...SHAPES,
  ...INDEXING,
  ...LOSSES,
  ...IMAGES,
];
