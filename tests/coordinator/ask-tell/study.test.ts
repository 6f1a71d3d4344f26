/** A study: what is asked and told, by id or by configuration, and what is best. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { openStudy, type Report, type Study, type StudyFile } from '../../../coordinator/ask-tell/study.js';
import { UsageError } from '../../../shared/domain/errors.js';

const FILE: StudyFile = {
  space: { x: { kind: 'float', low: 0, high: 1 }, y: { low: 0, high: 0.5, step: 0.1 }, kind: ['a', 'b'] },
  objectives: { loss: 'minimize', energy: { goal: 'minimize', metric: 'joules', scale: 'log', unit: 'J' } },
  'outcome-constraints': ['latency <= 20'],
  proposer: { start: 4 },
  seed: 3,
};
const open = (file: Partial<StudyFile> = {}): Study => openStudy({ ...FILE, ...file });
const somewhere = { x: 0.5, y: 0.3, kind: 'a' };
const good = { loss: 0.3, energy: 5, latency: 3 };

describe('a study', () => {
  test('gives each configuration an id, and none twice', () => {
    const study = open();
    const { suggestions, method } = study.suggestBatch(6);
    expect(suggestions.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(new Set(suggestions.map(({ configuration }) => JSON.stringify(configuration))).size).toBe(6);
    expect(method).toContain('Sobol');
    expect(study.pending()).toEqual(suggestions);
  });

  test('is the function of what was asked and told', () => {
    const run = (study: Study): unknown =>
      Array.from({ length: 5 }, (_, i) => {
        const next = study.ask();
        if (i % 3 === 2) study.tell({ id: i + 1, failure: 'diverged' });
        else study.tell({ id: i + 1, outcomes: { loss: Number(next?.configuration['x']), energy: i + 1, latency: i } });
        return next;
      });
    expect(run(open())).toEqual(run(open()));
    expect(run(open({ seed: 4 }))).not.toEqual(run(open()));
  });

  test('counts outcomes from elsewhere instead of quasi-random configurations', () => {
    const study = open();
    for (let i = 0; i < 4; i++)
      study.tell({ configuration: { ...somewhere, x: i / 4 }, outcomes: { ...good, loss: i } });
    expect(study.request(1).settings.start).toBe(0);
    expect(study.suggestBatch(1).method).toContain('expected hypervolume improvement');
    study.forget(4);
    expect(study.request(1).settings.start).toBe(1);
  });

  test('tries the configurations that the file names first, whatever is known already', () => {
    const study = open({ proposer: { first: [somewhere] } });
    study.tell({ configuration: { ...somewhere, x: 0.1 }, outcomes: good });
    expect(study.ask()?.configuration).toEqual(somewhere);
  });

  test('takes a stepped value that rounding moved for the value that it is', () => {
    const study = open();
    expect(study.tell({ configuration: { ...somewhere, y: 3 * 0.1 }, outcomes: good }).id).toBe(1);
    expect(study.tell({ configuration: somewhere, outcomes: good })).toEqual({ id: 1, runs: 2 });
  });

  test('keeps away from what is pending, and comes back to what is forgotten', () => {
    const study = openStudy({ space: { k: ['a', 'b'] }, objectives: { loss: 'minimize' } });
    study.addPending([{ k: 'a' }]);
    expect(study.ask()?.configuration).toEqual({ k: 'b' });
    expect(study.ask()).toBeUndefined();
    expect(study.suggestBatch(2)).toEqual({
      suggestions: [],
      method: expect.stringContaining('nothing left') as string,
    });
    study.forget(1);
    expect(study.ask()).toEqual({ id: 3, configuration: { k: 'a' } });
  });

  test('forgets outcomes with their configuration', () => {
    const study = open();
    const { id } = study.tell({ configuration: somewhere, outcomes: good });
    study.forget(id);
    expect(study.best().front).toEqual([]);
    expect(() => study.tell({ id, outcomes: good })).toThrow('there is no configuration 1');
    expect(study.tell({ configuration: somewhere, outcomes: good })).toEqual({ id: 2, runs: 1 });
  });

  test('hands on what it was told', () => {
    const study = open();
    study.tell({
      configuration: somewhere,
      outcomes: { loss: 0.3, joules: 5, latency: null },
      standardErrors: { loss: 0.01, joules: 0 },
      task: 'a100',
      device: 'lab1',
      costJoules: 70,
    });
    study.tell({ id: 1, failure: 'out-of-memory', task: 'h100' });
    const { history, task, pending } = study.request(1, 'h100');
    expect(history).toEqual([
      {
        configuration: somewhere,
        task: 'a100',
        device: 'lab1',
        values: [0.3, 5],
        noise: [0.01, 0],
        constraintValues: [undefined],
        feasible: true,
        costJoules: 70,
      },
      {
        configuration: somewhere,
        task: 'h100',
        values: [undefined, undefined],
        noise: [undefined, undefined],
        constraintValues: [undefined],
        feasible: false,
        failure: 'out-of-memory',
      },
    ]);
    expect([task, pending]).toEqual(['h100', []]);
  });

  test('reads the metric of a constraint from the objective that has it', () => {
    const study = open({ 'outcome-constraints': ['joules <= 4', 'loss <= 1'] });
    study.tell({ configuration: somewhere, outcomes: { loss: 0.3, energy: 5 } });
    expect(study.request(1).history[0]?.constraintValues).toEqual([5, 0.3]);
  });

  test('takes 10,000 outcomes', () => {
    const study = open({ proposer: { kind: 'sobol' } });
    for (let i = 0; i < 10_000; i++)
      study.tell({ configuration: { ...somewhere, x: i / 10_000 }, outcomes: { loss: i } });
    expect(study.request(1).history).toHaveLength(10_000);
    expect(study.ask()?.id).toBe(10_001);
  });
});

describe('the best', () => {
  test('is the front of means over runs, with the volume that it dominates within the reference', () => {
    const study = open({
      objectives: { a: { goal: 'minimize', threshold: 10 }, b: { goal: 'maximize', threshold: 0 } },
      'outcome-constraints': [],
    });
    const tell = (x: number, a: number, b: number): unknown =>
      study.tell({ configuration: { ...somewhere, x }, outcomes: { a, b } });
    tell(0, 2, 3);
    tell(0, 4, 5);
    tell(0.5, 8, 8);
    tell(1, 9, 7);
    expect(study.best()).toEqual({
      front: [
        { id: 1, configuration: { ...somewhere, x: 0 }, outcomes: { a: 3, b: 4 }, runs: 2 },
        { id: 2, configuration: { ...somewhere, x: 0.5 }, outcomes: { a: 8, b: 8 }, runs: 1 },
      ],
      reference: { a: 10, b: 0 },
      hypervolume: 7 * 4 + 2 * 4,
    });
  });

  test('leaves out what breaks a constraint, or is not known to keep it', () => {
    const study = open();
    study.tell({ configuration: { ...somewhere, x: 0 }, outcomes: { ...good, latency: 21 } });
    study.tell({ configuration: { ...somewhere, x: 0.1 }, outcomes: { loss: 0.1, energy: 1 } });
    study.tell({ configuration: { ...somewhere, x: 0.2 }, outcomes: { loss: 0.1, latency: 1 } });
    study.tell({ configuration: { ...somewhere, x: 0.3 }, outcomes: { ...good, latency: 20 } });
    expect(study.best().front.map(({ id }) => id)).toEqual([4]);
  });

  test('has a reference that later outcomes do not move', () => {
    const study = open();
    for (let i = 0; i < 4; i++)
      study.tell({ configuration: { ...somewhere, x: i / 9 }, outcomes: { ...good, loss: i } });
    const { reference } = study.best();
    study.tell({ configuration: { ...somewhere, x: 1 }, outcomes: { ...good, loss: 1000 } });
    expect(study.best().reference).toEqual(reference);
  });

  test('is never mixed from several classes', () => {
    const study = open();
    study.tell({ configuration: somewhere, outcomes: good, task: 'a' });
    study.tell({ configuration: { ...somewhere, x: 1 }, outcomes: { ...good, loss: 0.1 }, task: 'b' });
    expect(() => study.best()).toThrow('several tasks are known. Write "task" as one of: "a", "b"');
    expect(() => study.best('c')).toThrow('no outcome of task c');
    expect(study.best('a').front.map(({ id }) => id)).toEqual([1]);
  });

  test('is empty, without reference and volume, before anything is known', () => {
    expect(open().best()).toEqual({ front: [] });
  });

  test('gives no number that is none', () => {
    const objectives = { a: 'minimize', b: 'maximize' } as const;
    const value = fc.oneof(
      fc.double({ noDefaultInfinity: true, noNaN: true }),
      fc.constantFrom(0, 1e300, -1e300, 5e-324),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { maxLength: 12 }), (outcomes) => {
        const study = open({ objectives, 'outcome-constraints': [] });
        outcomes.forEach(([a, b], i) => study.tell({ configuration: { ...somewhere, x: i / 20 }, outcomes: { a, b } }));
        expect(JSON.stringify(study.best())).not.toMatch(/null|NaN|Infinity/);
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});

describe('what is wrong is one clear sentence, and changes nothing:', () => {
  test.each<[string, Report, string]>([
    ['no subject', { outcomes: good }, 'Write either its "id" or the "configuration" itself'],
    ['two subjects', { id: 1, configuration: somewhere, outcomes: good }, 'Write either its "id"'],
    ['an unknown id', { id: 9, outcomes: good }, 'there is no configuration 9'],
    [
      'a configuration beyond the space',
      { configuration: { ...somewhere, x: 2 }, outcomes: good },
      '"x" must lie between 0 and 1',
    ],
    [
      'an unknown name',
      { id: 1, outcomes: { los: 1 } },
      '"los" is neither an objective nor a constraint. Did you mean "loss"?',
    ],
    ['no outcome', { id: 1, outcomes: {} }, 'Tell at least one of loss, energy, latency, or a failure'],
    ['only unknown outcomes', { id: 1, outcomes: { loss: null } }, 'no outcome is told'],
    ['NaN', { id: 1, outcomes: { loss: NaN } }, 'outcomes.loss: is NaN, but must be a number'],
    ['infinity', { id: 1, outcomes: { loss: -Infinity } }, 'Write a finite number'],
    ['a text', { id: 1, outcomes: { loss: '3' as never } }, 'outcomes.loss: is "3", but must be a number'],
    ['0 on a log scale', { id: 1, outcomes: { energy: 0 } }, 'outcomes.energy: is 0, but a log scale needs > 0'],
    ['a negative metric on a log scale', { id: 1, outcomes: { joules: -1 } }, 'a log scale needs > 0'],
    ['a failure with outcomes', { id: 1, outcomes: good, failure: 'diverged' }, 'either outcomes or a failure'],
    ['a failure without a reason', { id: 1, failure: '' }, 'failure: is empty. Write why'],
    [
      'a negative standard error',
      { id: 1, outcomes: good, standardErrors: { loss: -1 } },
      'standardErrors.loss: is -1',
    ],
    [
      'a standard error alone',
      { id: 1, outcomes: { loss: 1 }, standardErrors: { energy: 1 } },
      '"energy" has no outcome here',
    ],
    [
      'a standard error of a constraint',
      { id: 1, outcomes: good, standardErrors: { latency: 1 } },
      '"latency" is no objective',
    ],
    ['a negative cost', { id: 1, outcomes: good, costJoules: -1 }, 'costJoules: is -1'],
    ['an unknown key', { id: 1, outcome: good } as never, 'outcome: is not known here. Did you mean "outcomes"?'],
  ])('%s', (_, report, message) => {
    const study = open();
    study.ask();
    const before = study.request(1);
    expect(() => study.tell(report)).toThrow(UsageError);
    expect(() => study.tell(report)).toThrow(message);
    expect(study.request(1)).toEqual(before);
  });

  test('a configuration that cannot be pending, whatever stands beside it', () => {
    const study = open();
    expect(() => study.addPending([somewhere, { x: 1 }])).toThrow('pending[1]: "y" is missing; "kind" is missing');
    expect(study.pending()).toEqual([]);
  });

  test.each([0, -1, 1.5, NaN, Infinity])('%d configurations at once', (count) => {
    expect(() => open().suggestBatch(count)).toThrow('Write a whole number from 1');
  });

  test('a file, with all its faults at once', () => {
    expect(() => open({ space: { x: { low: 1, high: 0 } }, objectives: { a: { goal: 'min' as never } } })).toThrow(
      /objectives\.a\.goal: is "min".*\n(.*\n)*space\.x\.high: is 0, but must be above low/,
    );
  });
});
