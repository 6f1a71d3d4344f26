import { expect, test } from 'vitest';

import { keyFault, valueFault } from '../../../shared/schema/fault.js';
import type { YamlSource } from '../../../shared/schema/yaml-source.js';
import { readYaml } from '../../../shared/schema/yaml-source.js';

function sourceOf(text: string): YamlSource {
  const result = readYaml(text);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.source;
}

/** Faults of a text as `line:column problem`. */
function linesOf(text: string): string[] {
  const result = readYaml(text);
  const faults = result.ok ? result.source.faults : result.faults;
  return faults.map(({ line, column, problem }) => `${line}:${column} ${problem}`);
}

test('keys and values have their places', () => {
  const source = sourceOf('name: a\nspace:\n  lr: {low: 0, high: 1}\nlist:\n  - x\n  - y\n');
  const place = (fault: Parameters<YamlSource['place']>[0]): string => {
    const { line, column, path } = source.place(fault);
    return `${line}:${column} ${path}`;
  };
  expect(place(valueFault(['space', 'lr', 'low'], '', ''))).toBe('3:13 space.lr.low');
  expect(place(keyFault(['space', 'lr', 'low'], '', ''))).toBe('3:8 space.lr.low');
  expect(place(valueFault(['list', 1], '', ''))).toBe('6:5 list[1]');
  expect(place(valueFault(['space', 'lr', 'scale'], '', ''))).toBe('3:3 space.lr.scale');
  expect(place(valueFault(['budget'], '', ''))).toBe('1:1 budget');
  expect(place(keyFault(['name'], '', ''))).toBe('1:1 name');
});

test('anchors, aliases and merges are resolved, and faults point into them', () => {
  const source = sourceOf('base: &b {low: 1, high: 2}\nx: *b\ny: {<<: *b, high: 3}\n');
  expect(source.data).toEqual({ base: { low: 1, high: 2 }, x: { low: 1, high: 2 }, y: { low: 1, high: 3 } });
  expect(source.place(valueFault(['x', 'high'], '', ''))).toMatchObject({ line: 1, column: 25 });
  expect(source.place(valueFault(['y', 'low'], '', ''))).toMatchObject({ line: 3, column: 1 });
});

test('numbers and words are those of YAML 1.2', () => {
  expect(sourceOf('a: 1e-4\nb: no\nc: 0o10\nd: 1_000\ne: .inf\nf: 2024-01-01').data).toEqual({
    a: 1e-4,
    b: 'no',
    c: 8,
    d: '1_000',
    e: Infinity,
    f: '2024-01-01',
  });
});

test.each([
  ['a: 1\na: 2\n', '2:1 this key stands here twice'],
  ['a:\n\tb: 1\n', '2:1 a tab is used for indentation'],
  ['a: 1\n---\nb: 2\n', '2:1 a second document begins here'],
  ['a: !env HOME\n', '1:4 this tag is unknown'],
  ['a: *nowhere\n', '1:1 its aliases cannot be resolved'],
  ['__proto__: {x: 1}\n', '1:1 the name __proto__ is reserved'],
  ['a: [1, 2\nb: 3\n', 'is not valid YAML'],
  ['a: "x\n', 'is not valid YAML'],
  ['a: b: c\n', 'is not valid YAML'],
])('%j is refused with its place', (text, expected) => {
  expect(linesOf(text).join('\n')).toContain(expected);
});

test('both of two repeated keys are reported, and the rest is still read', () => {
  expect(linesOf('a: 1\na: 2\nb: 1\nb: 2\n')).toHaveLength(2);
  expect(sourceOf('a: 1\na: 2\nb: 3\n').data).toEqual({ a: 2, b: 3 });
});

test('nesting without end and aliases that multiply are faults', () => {
  expect(linesOf('['.repeat(100_000))).toHaveLength(1);
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefgh'.split('').map((name, i) => {
      const before = 'abcdefg'[i];
      return `${name}: &${name} [${Array(9).fill(`*${before}`).join(',')}]`;
    }),
  ].join('\n');
  expect(linesOf(bomb)[0]).toContain('its aliases cannot be resolved');
});
