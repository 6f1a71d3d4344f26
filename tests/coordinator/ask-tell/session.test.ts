/** Lines in, lines out: every line is answered by one, whatever is in it; a journal brings the session back. */

import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { openJournal } from '../../../coordinator/ask-tell/journal.js';
import { readLines, type InputLine } from '../../../coordinator/ask-tell/read-lines.js';
import { answer, type Reply } from '../../../coordinator/ask-tell/session.js';
import { openStudy, type Study } from '../../../coordinator/ask-tell/study.js';
import { inlineProposer } from '../../../coordinator/proposer/inline-proposer.js';

const open = (seed = 1): Study =>
  openStudy({ space: { x: { kind: 'float', low: 0, high: 1 } }, objectives: { loss: 'minimize' }, seed });

const say = (study: Study, line: unknown, keep: (record: never) => void = () => undefined): Promise<Reply> =>
  answer(
    { number: 7, text: typeof line === 'string' ? line : JSON.stringify(line) },
    { study, proposer: inlineProposer(), keep: keep as () => void },
  );

describe('a session', () => {
  test('asks, tells, enters, forgets and says what is best', async () => {
    const study = open();
    const { asked, method } = await say(study, { ask: 2 });
    expect(asked).toMatchObject([{ id: 1 }, { id: 2 }]);
    expect(method).toContain('Sobol');
    expect(await say(study, { tell: { id: 1, outcomes: { loss: 3 } } })).toEqual({ told: { id: 1, runs: 1 } });
    expect(await say(study, { pending: [{ x: 0.5 }] })).toMatchObject({ pending: [{ id: 2 }, { id: 3 }] });
    expect(await say(study, { forget: 2 })).toEqual({ forgotten: 2 });
    expect(await say(study, { pending: [] })).toEqual({ pending: [{ id: 3, configuration: { x: 0.5 } }] });
    expect(await say(study, { best: true })).toMatchObject({ best: { front: [{ id: 1, outcomes: { loss: 3 } }] } });
  });

  test.each([
    ['nonsense', 'line 7: is not JSON'],
    ['{"tell":{"id":1,"outcomes":{"loss":NaN}}}', 'NaN and Infinity are not JSON. Tell a run that diverged as'],
    ['[1]', 'is a list. Write an object such as {"ask": 1}'],
    ['null', 'is empty. Write an object'],
    ['{}', 'does not say what to do. Known here: ask, tell, pending, forget, best'],
    ['{"pendng": 1}', 'Did you mean "pending"?'],
    ['{"ask": 1, "best": true}', 'says ask and best at once. Write one line for each'],
    ['{"ask": 0}', 'ask: is 0, but must be at least 1. Write how many, from 1 to 1000.'],
    ['{"ask": 1001}', 'ask: is 1001, but must be at most 1000'],
    ['{"ask": 1.5}', 'ask: is 1.5, but must be'],
    ['{"ask": "one"}', 'ask: is "one", but must be a number'],
    ['{"ask": 1, "tasks": "a"}', 'tasks: is not known here. Did you mean "task"?'],
    ['{"tell": 3}', 'tell: is 3, but must be a mapping. Write an object such as {"id": 1'],
    ['{"tell": {"id": 1, "outcomes": {"loss": 1e999}}}', 'tell.outcomes.loss: is Infinity, but must be a number'],
    ['{"tell": {"id": "1"}}', 'tell.id: is "1", but must be a number. Write an id as it was given'],
    ['{"pending": [{"x": null}]}', 'pending[0].x: is empty'],
    ['{"forget": 9}', 'there is no configuration 9'],
    ['{"best": false}', 'best: is false. Write one of: true.'],
  ])('answers %s with what would be right, and goes on', async (line, message) => {
    const study = open();
    const reply = await say(study, line);
    expect(reply).toMatchObject({ error: expect.stringContaining(message) as string, line: 7 });
    expect(reply['error']).toMatch(/^line 7: [^\n]*$/);
    expect(study.request(1)).toMatchObject({ index: 0, history: [], pending: [] });
  });

  test('answers every line with one object, whatever it holds', async () => {
    const word = fc.constantFrom(
      'ask',
      'tell',
      'pending',
      'forget',
      'best',
      'id',
      'outcomes',
      'loss',
      '__proto__',
      'task',
    );
    const data = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.jsonValue({ maxDepth: 1 }), tie('object'), tie('list')),
      list: fc.array(tie('value'), { maxLength: 3 }),
      object: fc.dictionary(word, tie('value'), { maxKeys: 3 }),
    }));
    const study = openStudy({ space: { x: [1, 2, 3] }, objectives: { loss: 'minimize' }, proposer: { kind: 'sobol' } });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          data.object.map((object) => JSON.stringify(object)),
        ),
        async (line) => {
          const reply = await say(study, line);
          expect(Object.keys(reply).length).toBeGreaterThan(0);
        },
      ),
      { seed: 2, numRuns: 500 },
    );
  });
});

describe('lines', () => {
  const read = async (chunks: readonly (string | Uint8Array)[]): Promise<InputLine[]> => {
    async function* input(): AsyncGenerator<Uint8Array> {
      for (const chunk of chunks) yield await Promise.resolve(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    }
    const lines: InputLine[] = [];
    for await (const line of readLines(input())) lines.push(line);
    return lines;
  };

  test('are the same however the bytes arrive', async () => {
    const text = '{"a": "ä€𝄞"}\r\n\n  \nb\n\nlast';
    const expected = [
      { number: 1, text: '{"a": "ä€𝄞"}\r' },
      { number: 4, text: 'b' },
      { number: 6, text: 'last' },
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(Buffer.byteLength(text))), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), Buffer.byteLength(text)];
        const chunks = places.slice(1).map((end, i) => Buffer.from(text).subarray(places[i], end));
        expect(await read(chunks)).toEqual(expected);
      }),
      { seed: 3, numRuns: 50 },
    );
  });

  test('may have 1 MiB; longer ones and bytes that are no text are faults, and the next line is read', async () => {
    const most = 'x'.repeat(2 ** 20);
    const [longest, longer, binary, next] = await read([`${most}\n`, most, 'y\n', Uint8Array.of(0xff, 0x0a), 'next\n']);
    expect(longest).toEqual({ number: 1, text: most });
    expect(longer).toEqual({ number: 2, fault: 'is longer than 1048576 bytes. Split it into several lines.' });
    expect(binary).toEqual({ number: 3, fault: 'is not UTF-8 text. Write JSON as UTF-8.' });
    expect(next).toEqual({ number: 4, text: 'next' });
  });
});

describe('a journal', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ask-tell-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
  });
  const path = (): string => join(folder, 'journal');

  /** One session over the lines; the answers. */
  async function session(lines: readonly unknown[]): Promise<Reply[]> {
    const study = open();
    using journal = openJournal(path(), study);
    const replies: Reply[] = [];
    for (const line of lines) replies.push(await say(study, line, (record) => journal.append(record)));
    return replies;
  }

  const lines = [
    { ask: 2 },
    { tell: { id: 1, outcomes: { loss: 3 } } },
    { pending: [{ x: 0.5 }] },
    { forget: 2 },
    { tell: { configuration: { x: 0.25 }, outcomes: { loss: 2 }, standardErrors: { loss: 0.1 } } },
    { pending: [] },
    { ask: 1 },
    { best: true },
    { ask: 2 },
  ];

  test('lets a session go on as if it had never ended, wherever it was cut', async () => {
    const whole = await session(lines);
    for (let cut = 0; cut <= lines.length; cut++) {
      rmSync(path());
      expect([...(await session(lines.slice(0, cut))), ...(await session(lines.slice(cut)))]).toEqual(whole);
    }
  });

  test('is brought back to its last whole line', async () => {
    const whole = await session(lines);
    const { length } = readFileSync(path());
    truncateSync(path(), length - 5);
    expect(await session(lines.slice(-1))).toEqual(whole.slice(-1));
    expect(readFileSync(path())).toHaveLength(length);
  });

  test('that was cut within its first line is begun anew', async () => {
    await session([]);
    truncateSync(path(), 9);
    expect(await session([{ ask: 1 }])).toMatchObject([{ asked: [{ id: 1 }] }]);
  });

  test('of another study, or any other file, is refused and left as it is', async () => {
    await session(lines);
    const text = readFileSync(path(), 'utf8');
    expect(() => openJournal(path(), open(2))).toThrow(
      'belongs to a study with another space, objectives, proposer or seed',
    );
    expect(readFileSync(path(), 'utf8')).toBe(text);
    writeFileSync(path(), 'precious');
    expect(() => openJournal(path(), open())).toThrow('is no journal of ask-tell; name a new file');
    expect(readFileSync(path(), 'utf8')).toBe('precious');
    mkdirSync(join(folder, 'sub'));
    expect(() => openJournal(join(folder, 'sub'), open())).toThrow('is no regular file');
    expect(() => openJournal(join(folder, 'none', 'journal'), open())).toThrow('cannot be opened');
  });

  test.each(['{"tell":{"id":99,"outcomes":{"loss":1}}}', '{"tell":', 'null', '{"asked":3}'])(
    'with the damaged line %s is refused with its place',
    async (line) => {
      await session([{ ask: 1 }]);
      appendFileSync(path(), `${line}\n`);
      expect(() => openJournal(path(), open())).toThrow(/journal:3: is damaged: .*; restore the journal/);
    },
  );

  test('that another session writes too is seen before anything is lost', async () => {
    const study = open();
    using journal = openJournal(path(), study);
    await session([{ ask: 1 }]);
    expect(() => journal.append({ forget: 1 })).toThrow('another session writes this journal');
    expect(readFileSync(path(), 'utf8').trim().split('\n')).toHaveLength(2);
  });
});
