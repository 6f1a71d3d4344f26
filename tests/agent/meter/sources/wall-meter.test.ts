import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';

import { figureAtPath, figureInText, type WallFigure } from '../../../../agent/meter/sources/wall-meter-figure.js';
import { askWallMeter } from '../../../../agent/meter/sources/wall-meter-request.js';
import { WALL_DEFAULTS, type WallMeterSettings } from '../../../../agent/meter/sources/wall-meter-settings.js';
import { WALL_METER, wallMeterSource } from '../../../../agent/meter/sources/wall-meter-source.js';
import type { EnergySource } from '../../../../agent/meter/energy-source.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { ManualClock } from '../manual-clock.js';

const COMMAND: WallMeterSettings = { reads: 'command', command: 'true', ...WALL_DEFAULTS };
const HELD = new Set([WALL_METER]);
const never = new AbortController().signal;
const value = (found: WallFigure): number | string => (found.ok ? found.value : found.reason);

describe('the figure in a command’s output', () => {
  test.each([
    ['220', 220],
    ['  118.5 W\n\n', 118.5],
    ['power1: 12\nInstantaneous power reading:   231 Watts\n', 231],
    ['power1:81.25', 81.25],
    ['eth-1 42', 42],
    ['1.2e3', 1200],
    ['0', 0],
  ])('%j is %d', (output, expected) => expect(value(figureInText(output))).toBe(expected));

  test.each([
    ['', /printed nothing/],
    ['\n \n', /printed nothing/],
    ['no power', /no number/],
    ['12,5', /decimal point/],
    ['1,234.5', /decimal point/],
    ['2026-08-01 118.5', /must come first/],
    ['12:30:05 118.5', /must come first/],
    ['10.0.0.7 118', /must come first/],
    ['-5', /0 or above/],
    ['1e999', /0 or above/],
    ['nan', /no number/],
  ])('%j is none', (output, why) => expect(value(figureInText(output))).toMatch(why));

  test('whatever is printed is a figure of 0 or above, or a reason of one line', () => {
    const check = (output: string): void => {
      const found = figureInText(output);
      if (found.ok) expect(found.value).toBeGreaterThanOrEqual(0);
      else expect(found.reason).not.toMatch(/[\n\u0000-\u001f]/);
    };
    fc.assert(fc.property(fc.string({ unit: 'binary' }), check));
  });
});

describe('the figure in a document', () => {
  const plug = { meters: [{ power: 81.2, unit: 'W' }], 'switch:0': { apower: '93.7' }, a: { 'b.c': 5 } };
  test.each([
    ['meters[0].power', 81.2],
    ['switch:0.apower', 93.7],
    ['a["b.c"]', 5],
    ['meters.0.power', 81.2],
  ])('%s is %d', (path, expected) => expect(value(figureAtPath(plug, path))).toBe(expected));

  test.each([
    ['meters[1].power', /there is no 1 in meters of the answer; there is: 0/],
    ['power', /there is no power in the document .* meters, switch:0, a/],
    ['meters[0].unit', /is W, not a number/],
    ['meters', /not a number/],
    ['meters[0].power.x', /there is no x in meters\.0\.power .* 81\.2/],
    ['__proto__.x', /there is no __proto__/],
    ['a..b', /is no path/],
    ['a[', /is no path/],
    ['', /is no path/],
  ])('%s is none', (path, why) => expect(value(figureAtPath(plug, path))).toMatch(why));

  test('a document at the top may be a list, or be nothing', () => {
    expect(value(figureAtPath([7], '[0]'))).toBe(7);
    expect(value(figureAtPath(null, 'x'))).toMatch(/there is no x/);
    expect(value(figureAtPath({ x: null }, 'x'))).toMatch(/is null, not a number/);
    expect(value(figureAtPath({ x: -3 }, 'x'))).toMatch(/0 or above/);
  });

  test('no document and no path break it', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.string(), (document, path) => void figureAtPath(document, path)));
  });
});

describe('asking a command', () => {
  const ask = (command: string, signal = never) => askWallMeter({ ...COMMAND, command }, signal);

  test('the operator’s pipeline is run by a shell', async () => {
    expect(await ask("printf 'watts 81.5\\n' | awk '{ print $2 }'")).toEqual({ ok: true, value: 81.5, decimals: 1 });
  });

  test('a failing command is a reason with what it said last', async () => {
    expect(await ask('echo 5; echo oops >&2; exit 3')).toEqual({
      ok: false,
      reason: 'the command ended with status 3: oops',
    });
    expect(value(await ask('no-such-meter'))).toMatch(/status 127: .*not found/);
  });

  test('given up, it ends with all that it started', async () => {
    const file = join(temporaryFolder(), 'pid');
    const stop = new AbortController();
    const asked = ask(`sleep 600 & echo $! > ${file}; wait`, stop.signal);
    await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8')).toMatch(/\d\n/);
    stop.abort(new Error('no answer within 5 s'));
    expect(await asked).toEqual({ ok: false, reason: 'no answer within 5 s' });
    const state = `/proc/${readFileSync(file, 'utf8').trim()}/stat`;
    await expect.poll(() => existsSync(state) && !readFileSync(state, 'utf8').includes(') Z ')).toBe(false);
  });
});

describe('asking over HTTP', () => {
  async function serve(answer: Parameters<typeof createServer>[1]): Promise<string> {
    const server: Server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void (server.closeAllConnections(), server.close()));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const ask = (url: string, signal = never) => askWallMeter({ reads: 'http', url, path: 'meters[0].power' }, signal);

  test('a plug’s document, with the name and password of its address', async () => {
    const url = await serve((request, response) => {
      const { authorization } = request.headers;
      const power = authorization === `Basic ${btoa('lab:s3cr et')}` ? 81.2 : 0;
      response.end(JSON.stringify({ meters: [{ power }] }));
    });
    expect(value(await ask(url.replace('http://', 'http://lab:s3cr%20et@')))).toBe(81.2);
  });

  test('refusals, other content and dead addresses are reasons', async () => {
    const refused = await serve((_, response) => void response.writeHead(401).end('{}'));
    expect(value(await ask(refused))).toMatch(/^127\.0\.0\.1:\d+ answered 401 Unauthorized$/);
    const page = await serve((_, response) => void response.end('<html>'));
    expect(value(await ask(page))).toMatch(/did not answer with JSON/);
    expect(value(await ask('http://127.0.0.1:1'))).toMatch(/bad port|ECONNREFUSED/);
  });

  test('a meter that never answers is given up', async () => {
    const stop = new AbortController();
    const url = await serve(() => stop.abort(new Error('no answer within 5 s')));
    expect(value(await ask(url, stop.signal))).toBe('no answer within 5 s');
  });
});

describe('the source', () => {
  /** A meter whose answers are given by the test, one by one. */
  function open(settings: Partial<WallMeterSettings> = {}) {
    const clock = new ManualClock();
    const waiting: ((figure: WallFigure) => void)[] = [];
    const signals: AbortSignal[] = [];
    const source = wallMeterSource({
      clock,
      settings: { ...COMMAND, ...settings } as WallMeterSettings,
      ask: (_, signal) => {
        signals.push(signal);
        signal.addEventListener('abort', () =>
          waiting.shift()?.({ ok: false, reason: (signal.reason as Error).message }),
        );
        return new Promise((resolve) => waiting.push(resolve));
      },
    });
    const answer = async (figure: number | string): Promise<void> => {
      waiting.shift()?.(
        typeof figure === 'number' ? { ok: true, value: figure, decimals: 1 } : { ok: false, reason: figure },
      );
      await clock.advance(0);
    };
    return { clock, source, answer, waiting, signals };
  }
  const sample = (source: EnergySource) => source.sample(HELD, []);

  test('one request at a time, each at most once a period, stamped in its middle', async () => {
    const { clock, source, answer, waiting } = open();
    const start = clock.now;
    expect(sample(source)).toEqual([]);
    await clock.advance(400);
    expect(sample(source)).toEqual([]);
    expect(waiting).toHaveLength(1);
    await answer(118.5);
    expect(sample(source)).toEqual([
      { kind: 'power', device: WALL_METER, atNanoseconds: start + 200_000_000n, microwatts: 118_500_000n },
    ]);
    expect(sample(source)).toEqual([]);
    expect(waiting).toHaveLength(0);
    await clock.advance(600);
    sample(source);
    await clock.advance(2000);
    sample(source);
    expect(waiting).toHaveLength(1);
  });

  test('it is not asked while it is not held', () => {
    const { source, waiting } = open();
    expect(source.sample(new Set(), [])).toEqual([]);
    expect(waiting).toHaveLength(0);
  });

  test('a failure is a failed reading with its reason, and the next request follows', async () => {
    const { clock, source, answer } = open();
    sample(source);
    await answer('the plug is gone');
    expect(sample(source)).toMatchObject([{ kind: 'failed', reason: 'wall meter: the plug is gone' }]);
    await clock.advance(1000);
    sample(source);
    await answer(5);
    expect(sample(source)).toMatchObject([{ kind: 'power', microwatts: 5_000_000n }]);
  });

  test('a request without an answer is given up after 5 s', async () => {
    const { clock, source } = open();
    sample(source);
    await clock.advance(5000);
    expect(sample(source)).toMatchObject([{ kind: 'failed', reason: 'wall meter: no answer within 5 s' }]);
  });

  test.each([
    ['mW', 2500, 2_500_000n],
    ['kW', 0.25, 250_000_000n],
    ['J', 12.5, 12_500_000n],
    ['kJ', 3, 3_000_000_000n],
    ['Wh', 1, 3_600_000_000n],
    ['kWh', 0.001, 3_600_000_000n],
  ] as const)('%s', async (unit, figure, micro) => {
    const { source, answer } = open({ unit });
    sample(source);
    await answer(figure);
    const [reading] = sample(source);
    expect(reading?.kind === 'power' ? reading.microwatts : reading?.kind === 'energy' && reading.microjoules).toBe(
      micro,
    );
  });

  test('a counter that goes back was reset, once', async () => {
    const { clock, source, answer } = open({ unit: 'Wh' });
    const flags: unknown[] = [];
    for (const figure of [10, 11, 11, 2, 3]) {
      sample(source);
      await answer(figure);
      flags.push(...sample(source).map((reading) => ('flag' in reading ? reading.flag : undefined)));
      await clock.advance(1000);
    }
    expect(flags).toEqual([undefined, undefined, undefined, 'discontinuity', undefined]);
  });

  test('what it found: the machine’s power with the meter’s accuracy, and no secret', async () => {
    const { source, answer } = open({ reads: 'http', url: 'http://lab:s3cret@plug.lan/s?key=s3cret', path: 'p' });
    const prepared = source.prepare?.();
    await answer(81.2);
    await prepared;
    const { found, missing } = source.probe();
    expect(missing).toEqual([]);
    expect(found).toMatchObject([
      { part: 'machine', provenance: 'integrated', traits: { reads: 'power', gain: 0.02, quantumMicrojoules: 0 } },
    ]);
    expect(found[0]?.detail).toBe(
      'power of the whole machine at the wall, in W from plug.lan every 1 s; gain known to 2 % (assumed; state the meter’s own with --wall-accuracy)',
    );
  });

  test.each([
    ['mW', 100],
    ['W', 100_000],
    ['kW', 100_000_000],
  ] as const)('the step of power with one decimal in %s', async (unit, step) => {
    const { source, answer } = open({ unit });
    const prepared = source.prepare?.();
    await answer(20.4);
    await prepared;
    const [found] = source.probe().found;
    expect(found?.traits).toMatchObject({ quantumMicrojoules: 0, quantumMicrowatts: expect.closeTo(step, 3) });
  });

  test('the size of a counter’s steps is what its decimals tell', async () => {
    const { source, answer } = open({ unit: 'kWh' });
    const prepared = source.prepare?.();
    await answer(12.3);
    await prepared;
    expect(source.probe().found).toMatchObject([
      {
        provenance: 'counter',
        traits: { reads: 'energy', latched: false, quantumMicrojoules: expect.closeTo(3.6e11, 0) },
      },
    ]);
  });

  test('a meter that gives nothing at first is missing, with the reason and a remedy, and no secret', async () => {
    const { source, answer } = open({ command: 'ipmitool -P s3cret' });
    const prepared = source.prepare?.();
    await answer('the command ended with status 1');
    await prepared;
    const { found, missing } = source.probe();
    expect(found).toEqual([]);
    expect(missing).toMatchObject([{ device: WALL_METER, part: 'machine', available: false }]);
    expect(missing[0]?.detail).toMatch(
      /the operator’s command: the command ended with status 1\. Try the command in a shell/,
    );
    expect(missing[0]?.detail).not.toMatch(/s3cret/);
  });

  test('closing ends what is under way, and nothing is asked any more', async () => {
    const { clock, source, signals } = open();
    sample(source);
    source.close();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await clock.advance(5000);
    sample(source);
    expect(signals).toHaveLength(1);
  });

  test('a real command through a real source', async () => {
    const file = join(temporaryFolder(), 'watts');
    writeFileSync(file, '231 W\n');
    const source = wallMeterSource({ clock: new ManualClock(), settings: { ...COMMAND, command: `cat ${file}` } });
    await source.prepare?.();
    expect(source.probe().found).toHaveLength(1);
    sample(source);
    await expect.poll(() => sample(source)).toMatchObject([{ microwatts: 231_000_000n }]);
  });
});
