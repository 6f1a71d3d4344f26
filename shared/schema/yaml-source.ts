/** YAML text to plain data, with the line and column of every entry. */

import type { CST, Document, Node } from 'yaml';
import { LineCounter, Parser, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';

import type { Fault, PathFault } from './fault.js';
import { pathText } from './fault.js';

/** Data of one YAML file that knows where its entries stand. */
export interface YamlSource {
  readonly data: unknown;
  /** Faults that did not keep the data from being read, such as a key written twice. */
  readonly faults: readonly Fault[];
  /** Places a fault; where its entry does not exist, at the nearest entry around it. */
  place(fault: PathFault): Fault;
}

/** The data, or why there is none. */
export type YamlResult =
  { readonly ok: true; readonly source: YamlSource } | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads one YAML 1.2 document; anchors, aliases and `<<` merges are allowed, unknown tags are not. */
export function readYaml(text: string): YamlResult {
  if (depthOf([...new Parser().parse(text)]) > DEEPEST) {
    return { ok: false, faults: [{ line: 1, column: 1, path: '', ...TOO_DEEP }] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  return readDocument(document, lines);
}

/** Levels of nesting; the composer of the library recurses, and a file nested without end would end the process. */
const DEEPEST = 50;

function depthOf(tokens: readonly CST.Token[]): number {
  const open: { readonly token: CST.Token | null | undefined; readonly depth: number }[] = tokens.map((token) => ({
    token,
    depth: 0,
  }));
  let deepest = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    const { token, depth } = next;
    deepest = Math.max(deepest, depth);
    if (token?.type === 'document') open.push({ token: token.value, depth });
    if (!token || !('items' in token)) continue;
    for (const { key, value } of token.items)
      open.push({ token: key, depth: depth + 1 }, { token: value, depth: depth + 1 });
  }
  return deepest;
}

function readDocument(document: Document.Parsed, lines: LineCounter): YamlResult {
  const faults = [
    ...[...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
      ...at(lines, pos[0]),
      path: '',
      ...explain(code, message),
    })),
    ...forbiddenKeys(document, lines),
  ];
  if (document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return { ok: false, faults };
  const data = toPlain(document);
  if (!data.ok) return { ok: false, faults: [...faults, { line: 1, column: 1, path: '', ...data.fault }] };
  return {
    ok: true,
    source: {
      data: data.value,
      faults,
      place: (fault) => ({
        ...at(lines, offsetOf(document, fault)),
        path: pathText(fault.path),
        problem: fault.problem,
        remedy: fault.remedy,
      }),
    },
  };
}

type Text = Pick<Fault, 'problem' | 'remedy'>;
const TOO_DEEP: Text = {
  problem: 'the file is nested too deeply',
  remedy: 'Flatten it; a campaign needs some six levels.',
};

const EXPLANATIONS: Readonly<Record<string, Text>> = {
  DUPLICATE_KEY: { problem: 'this key stands here twice', remedy: 'Keep one of them.' },
  TAB_AS_INDENT: { problem: 'a tab is used for indentation', remedy: 'Indent with spaces.' },
  MULTIPLE_DOCS: {
    problem: 'a second document begins here',
    remedy: 'Write one campaign per file; remove the line "---".',
  },
  TAG_RESOLVE_FAILED: {
    problem: 'this tag is unknown',
    remedy: 'Remove the word that begins with "!", or quote the text.',
  },
  BAD_ALIAS: {
    problem: 'this alias names no anchor',
    remedy: 'Write "&name" at the value to repeat, or quote the text.',
  },
};

const explain = (code: string, message: string): Text =>
  EXPLANATIONS[code] ?? {
    problem: `is not valid YAML: ${message.replaceAll(/\s+/g, ' ').replace(/\.$/, '')}`,
    remedy: 'Check indentation, colons, quotes and brackets here.',
  };

/** `__proto__` is a name that programs cannot keep as data. */
function forbiddenKeys(document: Document.Parsed, lines: LineCounter): Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key) || key.value !== '__proto__') return;
      faults.push({
        ...at(lines, key.range?.[0] ?? 0),
        path: '',
        problem: 'the name __proto__ is reserved',
        remedy: 'Choose another.',
      });
    },
  });
  return faults;
}

function toPlain(document: Document.Parsed): { ok: true; value: unknown } | { ok: false; fault: Text } {
  try {
    return { ok: true, value: document.toJS() as unknown };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return {
      ok: false,
      fault: { problem: `its aliases cannot be resolved: ${error.message}`, remedy: 'Write the repeated values out.' },
    };
  }
}

function offsetOf(document: Document.Parsed, { path, at: end }: PathFault): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [i, segment] of path.entries()) {
    const entry = entryOf(isAlias(node) ? node.resolve(document) : node, segment);
    if (!entry) return offset;
    const wantsKey = i < path.length - 1 || end === 'key';
    offset = (wantsKey ? entry.key : entry.value)?.range?.[0] ?? entry.key?.range?.[0] ?? offset;
    node = entry.value;
  }
  return offset;
}

function entryOf(node: unknown, segment: string | number): { key: Node | null; value: Node | null } | undefined {
  if (isSeq<Node>(node) && typeof segment === 'number' && segment < node.items.length) {
    const item = node.items[segment] ?? null;
    return { key: item, value: item };
  }
  if (!isMap<Node, Node | null>(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
  return pair && { key: pair.key, value: pair.value };
}

function at(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
