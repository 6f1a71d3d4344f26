/** Operations on shapes, by index, on images, and losses. */

import * as tf from '@tensorflow/tfjs-core';

import { CORE_LIMIT, int, t1, t2, t3, t4, type OperationCase } from './operation-case.js';

const SHAPES: readonly OperationCase[] = [
  { name: 'reshape', inputs: [[3, 4]], apply: (x) => tf.reshape(x, [2, 6]) },
  { name: 'transpose of a matrix', inputs: [[3, 5]], apply: (x) => tf.transpose(x) },
  { name: 'transpose of rank 4', inputs: [[2, 3, 4, 5]], apply: (x) => tf.transpose(x, [0, 2, 1, 3]) },
  { name: 'slice of rows', inputs: [[6, 4]], apply: (x) => tf.slice(x, [2, 0], [3, 4]) },
  { name: 'slice of columns', inputs: [[6, 4]], apply: (x) => tf.slice(x, [1, 1], [3, 2]) },
  { name: 'split and swap rows', inputs: [[6, 4]], apply: (x) => tf.concat(tf.split(x, [2, 4], 0).reverse(), 0) },
  { name: 'split and swap columns', inputs: [[6, 4]], apply: (x) => tf.concat(tf.split(x, 2, 1).reverse(), 1) },
  {
    name: 'concat',
    inputs: [
      [3, 2],
      [3, 4],
    ],
    apply: (a, b) => tf.concat([a, b], 1),
  },
  {
    name: 'stack and unstack',
    inputs: [
      [3, 2],
      [3, 2],
    ],
    apply: (a, b) => tf.stack(tf.unstack(tf.stack([a, b], 1), 0)),
  },
  { name: 'tile', inputs: [[2, 3]], apply: (x) => tf.tile(x, [2, 3]) },
  {
    name: 'pad',
    inputs: [[2, 3]],
    apply: (x) =>
      tf.pad(x, [
        [1, 0],
        [2, 1],
      ]),
  },
  {
    name: 'mirrorPad',
    inputs: [[4, 4]],
    apply: (x) =>
      tf.mirrorPad(
        x,
        [
          [1, 1],
          [0, 2],
        ],
        'reflect',
      ),
    withoutGradient: 'tfjs-core 4.22 registers none',
  },
  { name: 'reverse', inputs: [[3, 4]], apply: (x) => tf.reverse(x, 1) },
  { name: 'expandDims', inputs: [[3, 4]], apply: (x) => tf.expandDims(x, 1) },
  { name: 'broadcastTo', inputs: [[3, 1]], apply: (x) => tf.broadcastTo(x, [2, 3, 4]) },
  {
    name: 'stridedSlice',
    inputs: [[5, 6]],
    apply: (x) => tf.stridedSlice(x, [0, 1], [5, 6], [2, 2]),
    withoutGradient: 'tfjs-core 4.22 registers none',
  },
];

const INDEXING: readonly OperationCase[] = [
  { name: 'gather of rows with repeats', inputs: [[5, 3]], apply: (x) => tf.gather(x, int([4, 0, 4, 2])) },
  { name: 'gather by a matrix', inputs: [[5, 3]], apply: (x) => tf.gather(x, int([1, 1, 3, 0], [2, 2])) },
  { name: 'gather of columns', inputs: [[5, 5]], apply: (x) => tf.gather(x, int([4, 0, 4]), 1) },
  {
    name: 'gatherND',
    inputs: [[3, 4]],
    apply: (x) => tf.gatherND(x, int([0, 1, 2, 3], [2, 2])),
    withoutGradient: 'tfjs-core 4.22 registers none',
  },
  {
    name: 'unsortedSegmentSum, ids out of range',
    inputs: [[5, 3]],
    apply: (x) => tf.unsortedSegmentSum(x, int([1, 0, -1, 1, 7]) as tf.Tensor1D, 3),
    withoutGradient: 'its gradient is defined for ids in range only',
  },
  {
    name: 'unsortedSegmentSum',
    inputs: [[5, 3]],
    apply: (x) => tf.unsortedSegmentSum(x, int([1, 0, 2, 1, 0]) as tf.Tensor1D, 3),
  },
  {
    name: 'float oneHot, ids out of range',
    inputs: [[4, 4]],
    apply: (x) => tf.mul(x, tf.oneHot(int([2, 0, -1, 9]), 4, 0.75, 0.25, 'float32')),
  },
  { name: 'int oneHot', inputs: [[3, 4]], apply: (x) => tf.mul(x, tf.cast(tf.oneHot(int([3, 0, 1]), 4), 'float32')) },
  {
    name: 'topk',
    inputs: [[3, 6]],
    apply: (x) => tf.topk(x, 2).values,
    withoutGradient: `${CORE_LIMIT}topk`,
  },
];

const LOSSES: readonly OperationCase[] = [
  { name: 'softmax', inputs: [[3, 5]], apply: (x) => tf.softmax(x) },
  { name: 'logSoftmax', inputs: [[3, 5]], apply: (x) => tf.logSoftmax(x) },
  {
    name: 'softmax cross entropy',
    inputs: [[3, 5]],
    savesValues: true,
    apply: (x) => tf.losses.softmaxCrossEntropy(tf.oneHot(int([4, 0, 2]), 5, 1, 0, 'float32'), x),
  },
  {
    name: 'mean squared error',
    inputs: [
      [3, 5],
      [3, 5],
    ],
    apply: (a, b) => tf.losses.meanSquaredError(a, b),
  },
  {
    name: 'batch normalisation',
    inputs: [[4, 3], [3], [3], [3], [3]],
    domain: 'positive',
    apply: (...inputs) => {
      const [x, mean, variance, offset, scale] = inputs;
      return tf.batchNorm2d(t2(x!), t1(mean!), t1(variance!), t1(offset!), t1(scale!));
    },
  },
  {
    name: 'layer norm',
    inputs: [[4, 6], [6]],
    apply: (x, gain) => {
      const centred = tf.sub(x, tf.mean(x, 1, true));
      return tf.mul(tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), 1e-5))), gain);
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
    apply: (x, f) => tf.conv1d(t3(x), t3(f), 1, 'same'),
  },
  {
    name: 'conv2d, same',
    inputs: [
      [2, 5, 6, 3],
      [3, 3, 3, 4],
    ],
    apply: (x, f) => tf.conv2d(t4(x), t4(f), 1, 'same'),
  },
  {
    name: 'conv2d, valid, stride 2',
    inputs: [
      [2, 7, 6, 2],
      [3, 2, 2, 3],
    ],
    apply: (x, f) => tf.conv2d(t4(x), t4(f), [2, 1], 'valid'),
  },
  {
    name: 'conv2d, same, stride 2',
    inputs: [
      [1, 6, 6, 2],
      [3, 3, 2, 3],
    ],
    apply: (x, f) => tf.conv2d(t4(x), t4(f), 2, 'same'),
  },
  {
    name: 'conv2dTranspose',
    inputs: [
      [1, 3, 3, 2],
      [3, 3, 4, 2],
    ],
    apply: (x, f) => tf.conv2dTranspose(t4(x), t4(f), [1, 6, 6, 4], 2, 'same'),
  },
  {
    name: 'depthwiseConv2d',
    inputs: [
      [2, 5, 5, 3],
      [3, 3, 3, 2],
    ],
    apply: (x, f) => tf.depthwiseConv2d(t4(x), t4(f), 1, 'same'),
  },
  {
    name: 'separableConv2d',
    inputs: [
      [1, 5, 5, 2],
      [3, 3, 2, 2],
      [1, 1, 4, 3],
    ],
    apply: (x, d, p) => tf.separableConv2d(t4(x), t4(d), t4(p), 1, 'same'),
  },
  { name: 'maxPool', inputs: [[2, 6, 6, 3]], apply: (x) => tf.maxPool(t4(x), 2, 2, 'valid') },
  { name: 'maxPool, overlapping, padded', inputs: [[1, 5, 5, 2]], apply: (x) => tf.maxPool(t4(x), 3, 2, 'same') },
  {
    name: 'maxPool of negative values',
    inputs: [[1, 4, 4, 2]],
    domain: 'positive',
    apply: (x) => tf.maxPool(t4(tf.neg(x)), 2, 2, 'valid'),
  },
  {
    name: 'maxPool of equal values',
    inputs: [[1, 6, 6, 2]],
    domain: 'ties',
    apply: (x) => tf.maxPool(t4(x), 3, 2, 'same'),
  },
  { name: 'avgPool', inputs: [[2, 6, 6, 3]], apply: (x) => tf.avgPool(t4(x), 2, 2, 'same') },
  { name: 'resizeBilinear', inputs: [[1, 4, 4, 2]], apply: (x) => tf.image.resizeBilinear(t4(x), [6, 7]) },
];

export const STRUCTURE_CASES: readonly OperationCase[] = [...SHAPES, ...INDEXING, ...LOSSES, ...IMAGES];
