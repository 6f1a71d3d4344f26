/** A synthetic lab: four classes whose energies go together, and a fifth that goes along with them, or does not. */

import { expect, test } from 'vitest';

import { fitValueModel, predictedMean, type ModelValue } from '../../../coordinator/proposer/value-model.js';
import { seededRandom } from '../../../shared/runtime/random.js';

const LABS = 40;
const CONFIGURATIONS = 12;
const OF_FIFTH = 8;
const UNSEEN = 50;
const AMONG_FOUR = 0.9;
const D = 2;
const WAVES = 24;

type Field = (x: Float64Array) => number;

/** A smooth random function of mean 0 and variance about 1. */
function randomField(seed: string): Field {
  const random = seededRandom(seed);
  const waves = Array.from({ length: WAVES }, () => ({
    direction: Array.from({ length: D }, () => 2 * random.normal()),
    phase: 2 * Math.PI * random.uniform(),
    height: random.normal() * Math.sqrt(2 / WAVES),
  }));
  return (x) =>
    waves.reduce((sum, { direction, phase, height }) => {
      const angle = direction.reduce((total, each, c) => total + each * x[c]!, phase);
      return sum + height * Math.cos(angle);
    }, 0);
}

/** True log energy on one class: a share of what all have in common, the rest of its own. */
function logEnergy(lab: number, task: number, correlation: number): Field {
  const random = seededRandom(`${lab}/${task}/level`);
  const shared = task < 4 ? Math.sqrt(AMONG_FOUR) : correlation;
  const [common, own] = [randomField(`${lab}/common`), randomField(`${lab}/${task}`)];
  const [level, spread] = [1.5 * random.normal(), 0.5 + random.uniform()];
  return (x) => level + spread * (shared * common(x) + Math.sqrt(1 - shared * shared) * own(x));
}

/** The first `count` configurations of a lab, the same on all classes. */
function places(lab: number, count: number): Float64Array[] {
  const random = seededRandom(`${lab}/places`);
  return Array.from({ length: count }, () => Float64Array.from({ length: D }, () => random.uniform()));
}

function runs(lab: number, task: number, energy: Field): ModelValue[] {
  const random = seededRandom(`${lab}/${task}/runs`);
  return places(lab, task < 4 ? CONFIGURATIONS : OF_FIFTH).map((features) => {
    const observation = { configuration: {}, task: String(task), values: [], noise: [], feasible: true };
    return { point: { observation, features, task }, value: energy(features) + 0.05 * random.normal(), noise: 0 };
  });
}

/** Squared error on the fifth class at configurations that ran nowhere, by a model of these values. */
function errorOfFifth(values: readonly ModelValue[], lab: number, energy: Field): number {
  const model = fitValueModel(values, { kinds: ['numeric', 'numeric'], task: 4, centreTasks: true });
  const unseen = places(lab, CONFIGURATIONS + UNSEEN).slice(CONFIGURATIONS);
  return unseen.reduce((sum, x) => sum + (predictedMean(model, x) - energy(x)) ** 2, 0);
}

/** Root mean square error with the other classes as a share of that without, over all labs. */
function shareOfError(correlation: number): number {
  let [together, alone] = [0, 0];
  for (let lab = 0; lab < LABS; lab++) {
    const energies = [0, 1, 2, 3, 4].map((task) => logEnergy(lab, task, correlation));
    const [fifth, all] = [runs(lab, 4, energies[4]!), energies.flatMap((energy, task) => runs(lab, task, energy))];
    together += errorOfFifth(all, lab, energies[4]!);
    alone += errorOfFifth(fifth, lab, energies[4]!);
  }
  return Math.sqrt(together / alone);
}

test('a fifth class with few results is predicted far better when it goes along with the other four', () => {
  expect(shareOfError(0.9)).toBeLessThan(0.8);
});

for (const correlation of [0, -0.5]) {
  test(`at correlation ${correlation} the others do it no harm`, () => {
    expect(shareOfError(correlation)).toBeLessThan(1.05);
  });
}
